import type { Desired } from '../desired/desired.js';
import { eachRung, LADDER, type Rung } from '../model/phase.js';
import type { Reason } from '../model/reason.js';
import type { RunView } from '../observed/run-view.js';
import { findFault } from './fault.js';
import { hostfileWritten } from './hostfile.js';
import { imaged } from './image.js';
import type { Rungs } from './machine.js';
import { networked } from './network.js';
import { packageReasons } from './package.js';
import { registered } from './registration.js';
import { sshReady } from './ssh.js';

export interface Facts {
  /** For each rung what keeps it from holding; an empty list means that it holds. */
  readonly reasons: Readonly<Record<Rung, readonly Reason[]>>;
  /** The launcher has claimed the start. */
  readonly started: boolean;
  /** Something a person must change before this run can get any further, in the words of the container that found it. */
  readonly fault?: Reason;
}

export function facts(view: RunView, desired: Pick<Desired, 'hostfile'>): Facts {
  const fault = findFault(view);
  const { unreadable } = view;
  // All that is said of these is in the run's znodes
  const reported = (reasons: () => readonly Reason[]): readonly Reason[] =>
    unreadable === undefined ? reasons() : [{ reason: 'RunUnreadable', message: unreadable }];
  return {
    reasons: {
      imaged: imaged(view),
      networked: [...networked(view), ...packageReasons(view)],
      'ssh-ready': reported(() => sshReady(view)),
      registered: reported(() => registered(view)),
      'hostfile-written': reported(() => hostfileWritten(view, desired)),
    },
    // The record remembers it, lest a loss of the znodes makes the same run start again
    started: view.znodes?.claim !== undefined || view.run.startedAt !== undefined,
    ...(fault ? { fault } : {}),
  };
}

/** The lowest rung below `running` that does not hold, with its reasons; undefined: all hold. */
export function lowestUnmet({
  reasons,
}: Pick<Facts, 'reasons'>): { readonly phase: Rung; readonly reasons: readonly Reason[] } | undefined {
  const rung = LADDER.find(({ phase }) => reasons[phase].length > 0);
  return rung && { phase: rung.phase, reasons: reasons[rung.phase] };
}

/** What the machine decides on. */
export function rungs({ reasons, started }: Facts, ended: boolean): Rungs {
  return { holds: eachRung(rung => reasons[rung].length === 0), started, ended };
}
