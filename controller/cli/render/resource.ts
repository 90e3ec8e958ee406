import { withList } from '../../api/types/groups.js';
import type { JobRecord, JobStatus, RankStatus, RunOutput, RunStatus } from '../../core/model/record.js';
import { expandPlacement } from '../../core/status/placed-ranks.js';
import { parseRanges } from '../../core/text/ranges.js';
import { given } from '../../shared/given.js';

/** A job as `-o json` and `-o yaml` show it: its manifest with a Kubernetes-style status; times in RFC 3339, UTC. */
export function resource(record: JobRecord) {
  const { manifest, status } = record;
  const { name, namespace, labels, annotations } = manifest.metadata;
  return {
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    metadata: {
      name,
      namespace,
      uid: record.uid,
      generation: record.generation,
      creationTimestamp: time(record.createdAt),
      labels,
      annotations,
    },
    spec: withList(manifest).spec,
    status: { source: record.source, ...statusOf(status) },
  };
}

/** Several jobs as one object. */
export function resourceList(records: readonly JobRecord[]) {
  return { apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJobList', items: records.map(resource) };
}

function statusOf(status: JobStatus) {
  const { startTime, completionTime, conditions, waitingOn, workers, ranks, runs, events, ...rest } = status;
  const last = runs.at(-1);
  const reason = status.reason ?? waitingOn[0]?.reason;
  return {
    ...rest,
    ...given({ reason }),
    ...(last ? { run: last.id } : {}),
    ...(startTime === undefined ? {} : { startTime: time(startTime) }),
    ...(completionTime === undefined ? {} : { completionTime: time(completionTime) }),
    conditions: conditions.map(c => ({ ...c, lastTransitionTime: time(c.lastTransitionTime) })),
    waitingOn: waitingOn.map(w => ({ ...w, since: time(w.since) })),
    workers: workers.map(w => ({ ...w, ranks: parseRanges(w.ranks) })),
    ...(ranks ? { ranks: ranks.map(rankOf) } : {}),
    runs: runs.map(runOf),
    events: events.map(({ at, first, ...e }) => ({
      ...(first === undefined ? {} : { first: time(first) }),
      at: time(at),
      ...e,
    })),
  };
}

function runOf(run: RunStatus) {
  const { createdAt, startedAt, endedAt, phases, ranks, placement, output, disruption, ...rest } = run;
  return {
    ...rest,
    createdAt: time(createdAt),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, at]) => [phase, time(at)])),
    ...(startedAt === undefined ? {} : { startedAt: time(startedAt) }),
    ...(endedAt === undefined ? {} : { endedAt: time(endedAt) }),
    ...(ranks ? { ranks: { ...ranks, failures: ranks.failures.map(rankOf) } } : {}),
    ...(placement ? { placement: expandPlacement(placement) } : {}),
    ...(output ? { output: outputOf(output) } : {}),
    ...(disruption ? { disruption: { reason: disruption.reason, message: disruption.message } } : {}),
  };
}

function rankOf(rank: RankStatus) {
  return { ...rank, since: time(rank.since) };
}

function outputOf({ bytes, removed }: RunOutput) {
  return { bytes, ...(removed ? { removed: { ...removed, at: time(removed.at) } } : {}) };
}

/** With milliseconds: the rungs of a ladder are often less than a second apart. */
function time(ms: number): string {
  return new Date(ms).toISOString();
}
