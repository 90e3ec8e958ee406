import { behind } from './behind.js';
import { edits } from './edits.js';
import { EFFECT_FAULTS } from './gate.js';
import type { SimWorld } from './world.js';

/** What a fault does at its moment, to anything but a single effect. */
export type Change = (world: SimWorld) => void;

/** How far the end may differ from that of the same workload without the fault. */
export type Expectation =
  /** Not at all: the same end state by the same creations and removals. */
  | 'same'
  /** The same end state; more may have been made and removed on the way. */
  | 'same-end'
  /** What the manifests ask for, and all output that there is without the fault. */
  | 'same-output'
  /** What the manifests ask for, whatever it took. */
  | 'match'
  /** As that, or a person gets a message about whose thing is in the way. */
  | 'told';

export interface Kind {
  readonly family: string;
  readonly expect: Expectation;
  readonly change: Change;
}

const PORTS = ['swarm', 'stateStore', 'outputs'] as const;
const AGES = [1, 3, 10] as const;

const views: Record<string, Kind> = {};
for (const age of AGES) {
  for (const port of PORTS) {
    const stale = (looks: number): Kind => ({
      family: 'stale view',
      // A list does not show that it is old: a worker may be missed, and a failure put down to that
      expect: looks === 1 && port !== 'swarm' ? 'same-end' : 'same-output',
      change: world => world.senses.old(port, age, looks),
    });
    views[`stale-${port}-${age}`] = stale(1);
    views[`stale-${port}-${age}x5`] = stale(5);
  }
  views[`rewind-${age}`] = {
    family: 'stale view',
    expect: 'same-output',
    // Time travel: the next controller begins with what was there before
    change: world => {
      world.restart();
      for (const port of PORTS) world.senses.old(port, age, 2);
    },
  };
}

const hear = (how: 'deaf' | 'late' | 'double', ms: number): Kind => ({
  family: 'wake-up',
  expect: 'same',
  change: world => {
    world.senses.hearing = how;
    world.disturbed(ms);
    world.agenda.in(ms, () => {
      world.senses.hearing = 'well';
    });
  },
});

const away = (
  port: 'swarm' | 'stateStore',
  how: 'refuses' | 'hangs' | 'hears',
  ms: number,
  family: string,
): Kind => ({ family, expect: 'same', change: world => world.senses.away(port, how, ms) });

const outages: Record<string, Kind> = {
  'zk-loss': away('stateStore', 'refuses', 3_000, 'ZooKeeper'),
  'zk-loss-long': away('stateStore', 'refuses', 60_000, 'ZooKeeper'),
  'zk-hole': away('stateStore', 'hangs', 30_000, 'ZooKeeper'),
  'zk-hole-replies': away('stateStore', 'hears', 30_000, 'ZooKeeper'),
  'zk-expiry': {
    family: 'ZooKeeper',
    expect: 'same',
    change: world => {
      world.senses.away('stateStore', 'refuses', 15_000);
      for (const znodes of world.stateStore.runs.values()) {
        znodes.registrations.clear();
        znodes.launcher = undefined;
      }
    },
  },
  'engine-loss': away('swarm', 'refuses', 3_000, 'engine'),
  'engine-loss-long': away('swarm', 'refuses', 60_000, 'engine'),
  'engine-hole': away('swarm', 'hangs', 30_000, 'engine'),
  'engine-hole-replies': away('swarm', 'hears', 30_000, 'engine'),
  'pause-look': { family: 'leader', expect: 'same-end', change: world => world.first.stopAtLook() },
  restart: { family: 'crash', expect: 'same', change: world => world.restart() },
};

const hearing: Record<string, Kind> = {
  'wake-missed': hear('deaf', 1_000),
  'wake-deaf': hear('deaf', 30_000),
  'wake-late': hear('late', 5_000),
  'wake-double': hear('double', 10_000),
};

/** Every fault that is no fault of a single effect, by its name in a plan. */
export const CHANGES: Readonly<Record<string, Kind>> = {
  ...views,
  ...hearing,
  ...outages,
  ...behind,
  ...edits,
};

const EFFECT_KINDS: readonly string[] = [
  ...EFFECT_FAULTS.crash,
  ...EFFECT_FAULTS.reply,
  ...EFFECT_FAULTS.leader,
];

export function isEffectFault(kind: string): boolean {
  return EFFECT_KINDS.includes(kind) || /^(crash-)?late\d+$/.test(kind);
}

/** Throws when no fault has that name. */
export function change(kind: string, world: SimWorld): void {
  const known = CHANGES[kind];
  if (!known)
    throw new Error(`no fault is called ${kind}; those that are: ${Object.keys(CHANGES).join(', ')}`);
  known.change(world);
}

export function expectationOf(kind: string): Expectation {
  if (isEffectFault(kind)) return /late|hang|pause/.test(kind) ? 'same-end' : 'same';
  return CHANGES[kind]?.expect ?? 'same';
}

/** By family: after failed commands, before orphans are removed, for lost nodes and for a folder that is empty. */
const PAUSES: Readonly<Record<string, number>> = {
  crash: 15_000,
  reply: 30_000,
  leader: 30_000,
  'stale view': 90_000,
  'behind our back': 60_000,
  edit: 60_000,
};
/** Several faults may each call for a pause, and pauses grow; an obstacle also delays a job until a person gets a message. */
const MOST_MS = 130_000;

/** The pauses that the product makes on purpose after such faults: none after those of its surroundings and its wake-ups. */
export function pausesMs(kinds: readonly string[]): number {
  if (kinds.length > 1) return MOST_MS;
  return Math.max(
    0,
    ...kinds.map(kind => (expectationOf(kind) === 'told' ? MOST_MS : (PAUSES[familyOf(kind)] ?? 0))),
  );
}

export function familyOf(kind: string): string {
  if (kind.startsWith('pause')) return 'leader';
  if (isEffectFault(kind)) return kind.startsWith('crash') ? 'crash' : 'reply';
  return CHANGES[kind]?.family ?? 'none';
}
