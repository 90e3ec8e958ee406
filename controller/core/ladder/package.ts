import { packageName } from '../desired/package.js';
import type { Reason } from '../model/reason.js';
import { indexed } from '../model/swarm-index.js';
import type { RunView } from '../observed/run-view.js';

/** Why the containers cannot get the run's package yet. */
export function packageReasons(view: RunView): readonly Reason[] {
  const { record, delivery } = view;
  const content = record.package;
  if (!content || isOffered(view)) return [];
  const what = `package ${record.manifest.spec.package}`;
  if (delivery.state === 'failed')
    return [{ reason: 'PackageUnavailable', message: `${what}: ${delivery.error}` }];
  const size = `${(content.bytes / 1e6).toFixed(1)} MB`;
  return [{ reason: 'PackageDistributing', message: `${what} (${size}) is being copied into the swarm` }];
}

export function isOffered({ record, installation, swarm, job }: RunView): boolean {
  const name = record.package && packageName(installation.id, record.package);
  const there = name === undefined ? undefined : indexed(swarm).package(name);
  return there?.serves === true && there.networks.includes(job.spec.network.name);
}
