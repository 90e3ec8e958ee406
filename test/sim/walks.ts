import { CHANGES } from './faults.js';
import { EFFECT_FAULTS } from './gate.js';
import { atEffect, atPhase, atTick, type Fault, type Plan } from './plan.js';
import type { Reference } from './play.js';
import { Random } from './random.js';
import { WORKLOADS } from './workloads.js';

const MOST_FAULTS = 6;

/** The n-th walk of a seed: one to six faults of any kind, at any moment. The same for the same seed and number. */
export function walk(seed: number, n: number, references: ReadonlyMap<string, Reference>): Plan {
  const random = new Random(Math.imul(seed, 1_000_003) + n);
  for (let skip = 0; skip < 4; skip += 1) random.below(2);
  const workload = random.one([...references.keys()]);
  const known = references.get(workload);
  if (!known) throw new Error(`no reference of ${workload}`);
  // Edits are stories of their own: see suite.ts
  const stops = WORKLOADS[workload]?.stops === true;
  const kinds = Object.keys(CHANGES).filter(kind => !stops || CHANGES[kind]?.family !== 'edit');
  const faults = Array.from({ length: 1 + random.below(MOST_FAULTS) }, () => fault(random, known, kinds));
  return { workload, faults };
}

function fault(random: Random, { effects, ticks, phases }: Reference, kinds: readonly string[]): Fault {
  // Half of all faults strike an effect, because that is where most can go wrong
  if (random.below(2) === 0) {
    const kind = random.one([...EFFECT_FAULTS.crash, ...EFFECT_FAULTS.reply, ...EFFECT_FAULTS.leader]);
    return atEffect(kind, 1 + random.below(effects * 2));
  }
  const kind = random.one(kinds);
  return random.below(3) === 0
    ? atPhase(kind, random.one(phases))
    : atTick(kind, 1 + random.below(ticks * 2));
}
