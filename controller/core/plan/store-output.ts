import type { Command } from '../model/command.js';
import { LABEL } from '../model/names.js';
import type { JobRecord, RunStatus } from '../model/record.js';
import { indexed } from '../model/swarm-index.js';
import {
  type Expiry,
  isTerminal,
  type RunWorld,
  type StoredOutput,
  type SwarmWorld,
  type TaskView,
} from '../model/world.js';

/** What is known of the output of runs. */
export interface OutputWorld {
  readonly swarm: SwarmWorld;
  readonly runs: ReadonlyMap<string, RunWorld>;
  readonly stored: ReadonlyMap<string, StoredOutput>;
  readonly expired: ReadonlyMap<string, Expiry>;
}

/** Give up on a container's output at some point: its node may be gone. */
const OUTPUT_GRACE_MS = 30_000;
/** Handing over what single ranks wrote takes a moment; a worker that does not come to its end with it is not waited for longer. */
const RANKS_GRACE_MS = 10_000;

/** The record with what has become of the output of its runs; noted before anything is removed. */
export function withOutputs(
  record: JobRecord,
  { stored, expired }: Pick<OutputWorld, 'stored' | 'expired'>,
  now: number,
): JobRecord {
  const runs = record.status.runs.map((run): RunStatus => {
    const there = stored.get(run.id);
    const expiry = expired.get(run.id);
    if (!there || (run.output && (!expiry || run.output.removed))) return run;
    const removed = expiry ? { removed: { at: now, ...expiry } } : {};
    return { ...run, output: { bytes: there.bytes, ...removed } };
  });
  const same = runs.every((run, i) => run === record.status.runs[i]);
  return same ? record : { ...record, status: { ...record.status, runs } };
}

/**
 * What is left to do until the output of a run that has ended is stored; nothing while it is not complete yet.
 * @param lateMs for how long it has ended.
 */
export function storeOutput(
  run: RunStatus,
  world: OutputWorld,
  lateMs: number,
): 'stored' | readonly Command[] {
  // What was stored once is not stored again: it may have expired, or be in another controller's folder
  if (run.startedAt === undefined || run.output || world.stored.has(run.id)) return 'stored';
  const [service = ''] = servicesOf(world, run, 'launcher');
  const late = lateMs > OUTPUT_GRACE_MS;
  const tasks = indexed(world.swarm).tasks(service);
  // Output is complete once the container has ended
  if (tasks.some(task => !isTerminal(task)) && !late) return [];
  if (lateMs <= RANKS_GRACE_MS && isPending(run, world)) return [];
  const { result: bytes, placements = [] } = world.runs.get(run.id) ?? {};
  const copied = placements.reduce((sum, p) => sum + (typeof p.copied === 'number' ? p.copied : 0), 0);
  return [
    {
      do: 'store-output',
      run: run.id,
      service,
      workers: servicesOf(world, run, 'workers'),
      // A single observation without the launcher doesn't prove it's gone
      giveUp: late,
      ...(copied > 0 ? { copied } : {}),
      ...(bytes ? { bytes: bytes.keptBytes ?? bytes.stdoutBytes + bytes.stderrBytes } : {}),
    },
  ];
}

function servicesOf({ swarm }: OutputWorld, run: RunStatus, role: string): readonly string[] {
  return indexed(swarm)
    .run(run.id)
    .services.filter(({ labels }) => labels[LABEL.role] === role)
    .map(({ id }) => id)
    .sort();
}

/** A worker that is there still hands over what its ranks wrote. */
function isPending(run: RunStatus, { swarm, runs }: OutputWorld): boolean {
  const { result, placements = [] } = runs.get(run.id) ?? {};
  if (result === undefined) return false;
  const index = indexed(swarm);
  const isUp = (task: TaskView | undefined): boolean =>
    task !== undefined && !isTerminal(task) && index.node(task.node ?? '')?.reachable !== false;
  return placements.some(({ copied, task }) => copied === 'pending' && isUp(index.task(task)));
}
