import { crashPairs, effectPlans, phasePlans, phaseThenCrash, reference, tickPlans } from './enumerate.js';
import { familyOf } from './faults.js';
import type { Plan } from './plan.js';
import type { Reference } from './play.js';
import { WORKLOADS } from './workloads.js';

/** Plans that share a workload, and how that one ends without faults. */
export interface Chapter {
  readonly workload: string;
  readonly reference: Reference;
  readonly plans: readonly Plan[];
}

const AROUND = ['crash', 'stale view', 'wake-up', 'ZooKeeper', 'engine', 'leader'];
/** In this workload all pairs of crashes are played. */
const PAIRED = 'ring';
const PAIR = ['crash-during', 'crash-after'] as const;

/** Edits are stories of their own: a workload whose program never ends by itself would not end where one is in its way. */
function families(workload: string): readonly string[] {
  return WORKLOADS[workload]?.stops ? ['behind our back'] : ['behind our back', 'edit'];
}

/** Each differs from another workload in one respect: by day the faults of effects alone strike it, those that differ most. */
const SIDE: readonly string[] = [
  'single',
  'groups',
  'rerun',
  'recreate',
  'delete-done',
  'ttl',
  'all',
  'package',
];
const SIDE_FAULTS = /^(crash-before|crash-during|crash-after|crash-late20|lost|late20|pause|pause-after)$/;

/**
 * What takes hold a few ticks later differs little from what takes hold at once or after many, a slow reply from one
 * that comes, and a view of middle age from an older and a younger one: that is for the night.
 */
function isRegular({ workload, faults }: Plan): boolean {
  return faults.every(({ kind }) =>
    SIDE.includes(workload) ? SIDE_FAULTS.test(kind) : !/late[15]$|^slow$|^stale-\w+-3|^rewind-3/.test(kind),
  );
}

/** Played at night alone: under faults, admission differs little from what other workloads meet. */
const NIGHTLY: readonly string[] = ['crowded', 'narrow'];

/** All of one fault that a workload can meet: every fault of an effect at every effect, everything else in every phase. */
function single(workload: string, known: Reference): readonly Plan[] {
  const around = phasePlans(workload, known, [...AROUND, ...families(workload)]);
  return [...effectPlans(workload, known), ...around];
}

/** Its mpirun is alive when edits come. */
const EDITED = 'long';
/** One plan of so many is played in `npm test`. */
const ONE_OF = 4;

/**
 * What is played in `npm test`: of each workload and each kind of fault one moment in a few, another one for each kind, so that
 * all kinds together strike nearly every moment.
 */
export async function* short(only?: string): AsyncGenerator<Chapter> {
  for await (const chapter of regular(only)) yield { ...chapter, plans: sample(chapter.plans) };
}

function sample(plans: readonly Plan[]): readonly Plan[] {
  const byKind = new Map<string, Plan[]>();
  for (const plan of plans) {
    const kinds = plan.faults.map(({ kind }) => kind).join();
    byKind.set(kinds, [...(byKind.get(kinds) ?? []), plan]);
  }
  return [...byKind.values()].flatMap((same, nth) => {
    const some = same.filter((one, at) => (at + nth) % ONE_OF === 0 || meetsLive(one));
    return some.length > 0 ? some : same.slice(0, 1);
  });
}

/** An edit while mpirun is alive, which not every moment has. */
function meetsLive({ workload, faults }: Plan): boolean {
  return (
    workload === EDITED &&
    faults.some(({ kind, at }) => familyOf(kind) === 'edit' && at.on === 'phase' && at.phase === 'running')
  );
}

/** What is played in `npm run test:full`. */
export async function* regular(only?: string): AsyncGenerator<Chapter> {
  for (const workload of Object.keys(WORKLOADS)) {
    if ((only !== undefined && workload !== only) || NIGHTLY.includes(workload)) continue;
    const known = await reference(workload);
    const pairs = workload === PAIRED ? await crashPairs(workload, known, [PAIR]) : [];
    const { loose, families: some = loose ? ['edit'] : undefined } = WORKLOADS[workload] ?? {};
    const plans = some ? phasePlans(workload, known, some) : single(workload, known).filter(isRegular);
    yield { workload, reference: known, plans: [...plans, ...pairs] };
  }
}

const MORE_PAIRS = [
  ['crash-before', 'crash-before'],
  ['crash-during', 'crash-during'],
  ['crash-after', 'crash-during'],
  ['crash-late5', 'crash-after'],
  ['lost', 'crash-during'],
  ['late5', 'crash-after'],
] as const;

const EVERY_TICKS = 4;

/** What is played at night: every fault everywhere, two crashes in each workload, and a crash at every effect after each edit. */
export async function* nightly(only?: string): AsyncGenerator<Chapter> {
  for (const workload of Object.keys(WORKLOADS)) {
    if (only !== undefined && workload !== only) continue;
    const known = await reference(workload);
    const pairs = workload === PAIRED ? [PAIR, ...MORE_PAIRS] : [PAIR];
    const edited = workload === EDITED ? ['edit'] : [];
    const around = [...AROUND, ...families(workload)];
    const plans = [
      ...single(workload, known),
      ...(await crashPairs(workload, known, pairs)),
      ...tickPlans(workload, known, { families: around, every: EVERY_TICKS }),
      ...(await phaseThenCrash(workload, known, { families: edited, crash: 'crash-during' })),
    ];
    yield { workload, reference: known, plans };
  }
}
