import type { Command } from '../model/command.js';
import { LABEL } from '../model/names.js';
import type { JobRecord, RunStatus } from '../model/record.js';
import { hasEnded, indexed, setOf } from '../model/swarm-index.js';
import type { ServiceView, SwarmWorld } from '../model/world.js';

/** What stays of a run: everything, the ended launcher with what it uses, the same where it is about to end, or nothing. */
export type CleanupScope = 'all' | 'launcher' | 'ending-launcher' | 'nothing';

/** A launcher that has run the command exits by itself within this time; a single contrary observation proves nothing. */
const LAUNCHER_GRACE_MS = 30_000;

export interface CleanupInputs {
  readonly now: number;
  /** The job's manifest is gone. */
  readonly deleted?: boolean;
  /** More launchers are kept than there should be, and this one is among the oldest. */
  readonly surplus?: boolean;
}

/** What the clean-up policy keeps of a run that has ended. */
export function cleanupScope(
  record: JobRecord,
  run: RunStatus,
  { now, deleted = false, surplus = false }: CleanupInputs,
): CleanupScope {
  const { cleanUpPolicy, ttlSecondsAfterFinished } = record.manifest.spec.runPolicy;
  const current = record.status.runs.at(-1)?.id === run.id;
  // First match wins
  if (deleted || !current || run.generation < record.generation) return 'nothing';
  if (run.outcome === undefined) return 'all';
  // A stopped run is removed whatever the policy: suspend and cancel are there to free what it holds
  if (run.outcome === 'Cancelled') return 'nothing';
  if (ttlSecondsAfterFinished !== undefined && now - (run.endedAt ?? now) > ttlSecondsAfterFinished * 1_000)
    return 'nothing';
  switch (cleanUpPolicy) {
    case 'None':
      return 'all';
    case 'Running': {
      const ending = run.startedAt !== undefined && now - (run.endedAt ?? now) <= LAUNCHER_GRACE_MS;
      if (ending) return 'ending-launcher';
      return surplus ? 'nothing' : 'launcher';
    }
    case 'All':
      return 'nothing';
    default:
      return cleanUpPolicy satisfies never;
  }
}

/**
 * Commands that remove what is not kept of a run, in two stages: a secret, config or znode goes only after the service
 * that uses it. Only what carries the run's label is touched.
 */
export function removeRun(
  world: { readonly swarm: SwarmWorld; readonly runIds: readonly string[] },
  run: string,
  keep: CleanupScope,
): readonly Command[] {
  if (keep === 'all') return [];
  const there = indexed(world.swarm).run(run);
  const ours = <T extends { labels: Readonly<Record<string, string>> }>(items: readonly T[]): readonly T[] =>
    items.filter(item => keep === 'nothing' || !isLaunchers(item.labels[LABEL.role]));
  const services = [
    ...ours(there.services),
    ...(keep === 'launcher' ? runningLauncher(world.swarm, run) : []),
  ].map(({ id, name }) => ({ do: 'remove-service', id, name }) as const);
  if (services.length > 0) return services;
  return [
    ...ours(there.secrets).map(({ id, name }) => ({ do: 'remove-secret', id, name }) as const),
    ...ours(there.configs).map(({ id, name }) => ({ do: 'remove-config', id, name }) as const),
    ...(setOf(world.runIds).has(run) ? [{ do: 'remove-run', run } as const] : []),
  ];
}

/** Whether the service of a run's launcher is there. */
export function hasLauncher(swarm: SwarmWorld, run: string): boolean {
  return indexed(swarm)
    .run(run)
    .services.some(({ labels }) => labels[LABEL.role] === 'launcher');
}

/** A launcher that never got to run the command, or would not end, does not end by itself. */
function runningLauncher(swarm: SwarmWorld, run: string): readonly ServiceView[] {
  const { services } = indexed(swarm).run(run);
  return services.filter(({ id, labels }) => labels[LABEL.role] === 'launcher' && !hasEnded(swarm, id));
}

/** Roles of what the launcher's service is or uses; in Worker0 mode it uses the worker's secret too. */
function isLaunchers(role: string | undefined): boolean {
  return role !== 'workers';
}
