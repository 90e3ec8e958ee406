import type { Identity } from '../runtime/identity.js';
import type { Log } from '../runtime/log.js';
import type { AgentPaths } from '../runtime/paths.js';

/** The run's package, on its way into this container. */
export interface Arrival {
  /** Undefined when it is in place, or there is none; otherwise why it never will be, for a person. */
  readonly ended: Promise<string | undefined>;
  isPending(): boolean;
  /** Calls back with what keeps it, whenever that changes. */
  onWaiting(tell: (why: string) => void): void;
}

/** Fetches the run's package, where it has one. */
export function packageArrival(
  { spec, workerSecret, launcherSecret }: Identity,
  paths: AgentPaths,
  log: Log,
): Arrival {
  const wanted = spec.package;
  const listeners: ((why: string) => void)[] = [];
  let pending = wanted !== undefined;
  let last: string | undefined;
  const waiting = (why: string): void => {
    if (why === last) return;
    last = why;
    log('waiting for the package', { why });
    for (const tell of listeners) tell(why);
  };
  const obtain = async (): Promise<string | undefined> => {
    if (wanted === undefined) return undefined;
    const credential = launcherSecret?.package ?? workerSecret?.package ?? '';
    // Most runs have none, and what unpacks it takes time to load
    const { obtainPackage } = await import('./obtain-package.js');
    const fault = await obtainPackage({ wanted, credential, paths, waiting });
    pending = false;
    return fault;
  };
  return {
    ended: obtain(),
    isPending: () => pending,
    onWaiting: tell => {
      listeners.push(tell);
      if (last !== undefined) tell(last);
    },
  };
}
