import type { JobRecord, RunStatus } from '../model/record.js';
import { indexed } from '../model/swarm-index.js';
import type { SwarmWorld } from '../model/world.js';
import { hasLauncher } from '../plan/cleanup.js';

/** So many go at once: Docker's engine takes some time for each, and has other things to do. */
const AT_ONCE = 100;

interface Kept {
  readonly id: string;
  readonly hasLauncher: boolean;
  readonly endedAt: number;
}

/**
 * Runs of which nothing stays on the cluster, because more launchers are kept than there should be: those that ended first. Launchers
 * are kept by the clean-up policy `Running` alone; what `None` keeps is a person's wish. The first few of them only: the others
 * follow once these are gone.
 */
export function surplusLaunchers(
  records: readonly JobRecord[],
  swarm: SwarmWorld,
  keep: number,
): ReadonlySet<string> {
  const { services, secrets, configs } = swarm;
  const none: ReadonlySet<string> = new Set();
  if (Math.max(services.length, secrets.length, configs.length) <= keep) return none;
  const kept = records.flatMap(record => {
    const run = keptRun(record);
    return run && hasAnything(swarm, run.id) ? [keptOf(run, swarm)] : [];
  });
  if (kept.length <= keep) return none;
  const first = kept.sort(firstToGo).slice(0, Math.min(kept.length - keep, AT_ONCE));
  return new Set(first.map(({ id }) => id));
}

/** The run of a job whose launcher the clean-up policy keeps. */
function keptRun({ manifest, status, generation }: JobRecord): RunStatus | undefined {
  const run = status.runs.at(-1);
  if (run?.outcome === undefined || run.outcome === 'Cancelled' || run.generation !== generation)
    return undefined;
  return manifest.spec.runPolicy.cleanUpPolicy === 'Running' ? run : undefined;
}

function hasAnything(swarm: SwarmWorld, run: string): boolean {
  const { services, secrets, configs } = indexed(swarm).run(run);
  return services.length + secrets.length + configs.length > 0;
}

function keptOf({ id, endedAt = 0 }: RunStatus, swarm: SwarmWorld): Kept {
  return { id, endedAt, hasLauncher: hasLauncher(swarm, id) };
}

/** What a launcher used goes when it has gone itself. */
function firstToGo(a: Kept, b: Kept): number {
  return Number(a.hasLauncher) - Number(b.hasLauncher) || a.endedAt - b.endedAt || (a.id < b.id ? -1 : 1);
}
