import { assign, setup, transition } from 'xstate';
import { eachRung, LADDER, PHASES, type Phase, type Rung } from '../model/phase.js';

/** What the machine decides on: whether each rung holds, and how far the run has come by itself. */
export interface Rungs {
  readonly holds: Readonly<Record<Rung, boolean>>;
  /** The launcher has claimed the start, so mpirun was or is about to be started. */
  readonly started: boolean;
  /** The run has its outcome, and what the clean-up policy removes is gone. */
  readonly ended: boolean;
}

/** Nothing holds. */
export const NO_RUNGS: Rungs = { holds: eachRung(() => false), started: false, ended: false };

type Guard = Rung | 'started' | 'ended';
type GuardOf = (inputs: { readonly context: { readonly rungs: Rungs } }) => boolean;

const guards: Record<Guard, GuardOf> = {
  ...eachRung<GuardOf>(
    rung =>
      ({ context }) =>
        context.rungs.holds[rung],
  ),
  started: ({ context }) => context.rungs.started,
  ended: ({ context }) => context.rungs.ended,
};

/** The way up from a rung: to the next one, when that holds. */
function above(index: number): readonly { readonly guard: Rung; readonly target: Rung }[] {
  const next = LADDER[index];
  return next ? [{ guard: next.phase, target: next.phase }] : [];
}

/**
 * Decides and never acts. The one event carries all facts and re-enters `pending`; guarded `always` transitions climb
 * from there, so the decision cannot depend on the phase one comes from. A run that has started is `running` whatever
 * else became false. No `final` state: a final state with a root handler gives inconsistent snapshots in XState 5.
 */
export const ladder = setup({
  types: {
    context: {} as { rungs: Rungs },
    events: {} as { type: 'OBSERVED'; rungs: Rungs },
  },
  guards,
}).createMachine({
  id: 'ladder',
  // One for the event and one for each rung: more is a circle, which XState would follow for ever
  options: { maxIterations: PHASES.length + 1 },
  initial: 'pending',
  context: { rungs: NO_RUNGS },
  on: {
    OBSERVED: { target: '.pending', reenter: true, actions: assign({ rungs: ({ event }) => event.rungs }) },
  },
  states: {
    pending: {
      always: [{ guard: 'ended', target: 'done' }, { guard: 'started', target: 'running' }, ...above(0)],
    },
    ...Object.fromEntries(LADDER.map(({ phase }, i) => [phase, { always: above(i + 1) }])),
    running: {},
    done: {},
  },
});

/** The rung that the facts support. Does not depend on `from`. */
export function decide(from: Phase, rungs: Rungs): Phase {
  const snapshot = ladder.resolveState({ value: from, context: { rungs } });
  const [next] = transition(ladder, snapshot, { type: 'OBSERVED', rungs });
  return next.value as Phase;
}
