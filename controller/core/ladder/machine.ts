import { assign, setup, transition } from 'xstate';
import type { Phase } from '../model/phase.js';

/** What the machine decides on: one boolean a rung. */
export interface Rungs {
  readonly imaged: boolean;
  readonly networked: boolean;
  readonly sshReady: boolean;
  readonly registered: boolean;
  readonly hostfileWritten: boolean;
  /** The launcher has claimed the start, so mpirun was or is about to be started. */
  readonly started: boolean;
  /** The run has its outcome, and what the clean-up policy removes is gone. */
  readonly ended: boolean;
}

/** Nothing holds. */
export const NO_RUNGS: Rungs = {
  imaged: false,
  networked: false,
  sshReady: false,
  registered: false,
  hostfileWritten: false,
  started: false,
  ended: false,
};

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
  guards: {
    imaged: ({ context }) => context.rungs.imaged,
    networked: ({ context }) => context.rungs.networked,
    sshReady: ({ context }) => context.rungs.sshReady,
    registered: ({ context }) => context.rungs.registered,
    hostfileWritten: ({ context }) => context.rungs.hostfileWritten,
    started: ({ context }) => context.rungs.started,
    ended: ({ context }) => context.rungs.ended,
  },
}).createMachine({
  id: 'ladder',
  initial: 'pending',
  context: {
    rungs: NO_RUNGS,
  },
  on: {
    OBSERVED: { target: '.pending', reenter: true, actions: assign({ rungs: ({ event }) => event.rungs }) },
  },
  states: {
    pending: {
      always: [
        { guard: 'ended', target: 'done' },
        { guard: 'started', target: 'running' },
        { guard: 'imaged', target: 'imaged' },
      ],
    },
    imaged: { always: { guard: 'networked', target: 'networked' } },
    networked: { always: { guard: 'sshReady', target: 'ssh-ready' } },
    'ssh-ready': { always: { guard: 'registered', target: 'registered' } },
    registered: { always: { guard: 'hostfileWritten', target: 'hostfile-written' } },
    'hostfile-written': {},
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
