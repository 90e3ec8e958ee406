import type { Desired } from '../desired/desired.js';
import type { Reason } from '../model/reason.js';
import { launcherReport, type RunView } from '../observed/run-view.js';

/** Why the hostfile on the launcher is not the one that is desired. */
export function hostfileWritten(
  view: RunView,
  { hostfile: wanted }: Pick<Desired, 'hostfile'>,
): readonly Reason[] {
  const { job } = view;
  const report = launcherReport(view);
  if (report?.hostfile === wanted && wanted !== '') return [];
  const path = job.spec.mpi.hostfile;
  const message =
    report?.hostfile === undefined
      ? `${path} is not written on the launcher yet`
      : `${path} on the launcher does not match the registrations`;
  return [{ reason: 'HostfilePending', message }];
}
