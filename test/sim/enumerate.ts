import { CHANGES } from './faults.js';
import { EFFECT_FAULTS } from './gate.js';
import { atEffect, atPhase, atTick, type Fault, type Plan } from './plan.js';
import { play, type Reference } from './play.js';

/** Plays a workload without faults. Throws when even that has a fault. */
export async function reference(workload: string): Promise<Reference> {
  const played = await play({ workload, faults: [] });
  if (played.violations.length > 0) {
    throw new Error(
      `${workload}: without a fault: ${played.violations.join('\n')}\n${played.trace.join('\n')}`,
    );
  }
  return played;
}

/** Every plan with one fault of an effect: each crash and each fault of the reply, at each effect. */
export function effectPlans(workload: string, { effects }: Reference): readonly Plan[] {
  const kinds = [...EFFECT_FAULTS.crash, ...EFFECT_FAULTS.reply, ...EFFECT_FAULTS.leader];
  return numbers(1, effects).flatMap(n => kinds.map(kind => plan(workload, atEffect(kind, n))));
}

/** A second crash at each effect of the recovery from a first one at each effect. */
export async function crashPairs(
  workload: string,
  { effects }: Reference,
  kinds: readonly (readonly [first: string, second: string])[],
): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const n of numbers(1, effects)) {
    for (const [first, second] of kinds) {
      const recovery = await play(plan(workload, atEffect(first, n)));
      for (const m of numbers(n + 1, recovery.effects)) {
        plans.push(plan(workload, atEffect(first, n), atEffect(second, m)));
      }
    }
  }
  return plans;
}

/** Each fault of a family in each phase that the workload passes. */
export function phasePlans(
  workload: string,
  { phases }: Reference,
  families: readonly string[],
): readonly Plan[] {
  return phases.flatMap(phase => kindsOf(families).map(kind => plan(workload, atPhase(kind, phase))));
}

/** Each fault of a family at every so-manieth tick. */
export function tickPlans(
  workload: string,
  { ticks }: Reference,
  how: { readonly families: readonly string[]; readonly every: number },
): readonly Plan[] {
  return numbers(1, ticks)
    .filter(tick => tick % how.every === 0)
    .flatMap(tick => kindsOf(how.families).map(kind => plan(workload, atTick(kind, tick))));
}

/** Each fault of a family in each phase, and a crash at each effect after it. */
export async function phaseThenCrash(
  workload: string,
  { phases }: Reference,
  how: { readonly families: readonly string[]; readonly crash: string },
): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const phase of phases) {
    for (const kind of kindsOf(how.families)) {
      const first = atPhase(kind, phase);
      const { effects } = await play(plan(workload, first));
      for (const n of numbers(1, effects)) plans.push(plan(workload, first, atEffect(how.crash, n)));
    }
  }
  return plans;
}

function kindsOf(families: readonly string[]): readonly string[] {
  return Object.entries(CHANGES).flatMap(([kind, { family }]) => (families.includes(family) ? [kind] : []));
}

function plan(workload: string, ...faults: readonly Fault[]): Plan {
  return { workload, faults };
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}
