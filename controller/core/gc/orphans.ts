import type { Command } from '../model/command.js';
import { LABEL, runPrefix } from '../model/names.js';
import type { JobRecord } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import type { Labels, SwarmWorld } from '../model/world.js';
import { removeRun } from '../plan/cleanup.js';
import { isOfOther } from './store-check.js';

/** A run of which something is left, and of whose job there is no record. */
export interface Orphan {
  readonly run: string;
  /** What may go now, never empty: a secret, config or znode goes only when no service uses it any more. */
  readonly commands: readonly Command[];
}

/**
 * The orphans of this installation, by run. In Swarm its label says what belongs to it, and below its root all znodes do; what
 * belongs to another installation, or does not say, or was made on the word of another ZooKeeper, is left alone. Networks, the agent's services and volumes are
 * shared, and no run's.
 * @param options.ofOthers a person said that the other ZooKeeper is gone.
 */
export function orphans(
  world: { readonly swarm: SwarmWorld; readonly runIds: readonly string[] },
  records: readonly JobRecord[],
  { id, store }: Pick<Installation, 'id' | 'store'>,
  options: { readonly ofOthers?: boolean } = {},
): readonly Orphan[] {
  const jobs = new Set(records.map(({ manifest, uid }) => runPrefix(manifest.metadata.name, uid)));
  const own = <T extends { readonly labels: Labels }>(items: readonly T[]): readonly T[] =>
    items
      .filter(({ labels }) => labels[LABEL.installation] === id && labels[LABEL.run] !== undefined)
      .filter(({ labels }) => options.ofOthers || !isOfOther(labels, store));
  const { services, secrets, configs } = world.swarm;
  const swarm = { ...world.swarm, services: own(services), secrets: own(secrets), configs: own(configs) };
  const labelled = [...swarm.services, ...swarm.secrets, ...swarm.configs].map(
    ({ labels }) => labels[LABEL.run] ?? '',
  );
  const runs = [...new Set([...labelled, ...world.runIds])].filter(run => !jobs.has(prefixOf(run))).sort();
  return runs.map(run => ({ run, commands: removeRun({ swarm, runIds: world.runIds }, run, 'nothing') }));
}

/** {@link runPrefix} of a run's job. */
function prefixOf(run: string): string {
  return run.slice(0, run.lastIndexOf('-') + 1);
}
