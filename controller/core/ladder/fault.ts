import type { Reason } from '../model/reason.js';
import type { RunView } from '../observed/run-view.js';

/** What a person must change before the run can get any further, in the words of the container that found it. */
export function findFault({ znodes, workers }: RunView): Reason | undefined {
  const launcher = znodes?.launcher?.fault;
  if (launcher !== undefined) return { reason: 'LauncherFault', message: `launcher: ${launcher}` };
  const worker = znodes?.registrations.find(r => r.fault !== undefined);
  const name = workers.find(({ index }) => index === worker?.index)?.name ?? `worker ${worker?.index}`;
  if (worker) return { reason: 'WorkerFault', message: `${name}: ${worker.fault}` };
  return undefined;
}
