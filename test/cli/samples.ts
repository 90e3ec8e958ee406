/** Job records as the controller stores them, for the commands that show them. */
import { readFileSync } from 'node:fs';
import { parseManifests } from '../../controller/api/manifest/parse.js';
import type { MPIJob } from '../../controller/api/types/mpijob.js';
import { newRecord } from '../../controller/core/job/record.js';
import type { ReasonName } from '../../controller/core/model/reasons.js';
import type { JobRecord, JobStatus } from '../../controller/core/model/record.js';

/** 2026-11-23T12:00:00Z */
export const T0 = Date.UTC(2026, 10, 23, 12);

/** What is in the example package. */
export const GREETING = { sha256: '0'.repeat(64), bytes: 3_584 };

export function manifest(text: string): MPIJob {
  const parsed = parseManifests(text, 'sample.yaml');
  const job = parsed.definitions[0]?.job;
  if (!job) throw new Error(parsed.problems.map(problem => problem.message).join('\n'));
  return job.manifest;
}

export function example(name: string): MPIJob {
  return manifest(readFileSync(new URL(`../../manifests/${name}.yaml`, import.meta.url), 'utf8'));
}

/** The example job `ring`, first seen at {@link T0}, with that status. */
export function ring(status: Partial<JobStatus> = {}, job: MPIJob = example('ring')): JobRecord {
  const content = job.spec.package === undefined ? {} : { package: GREETING };
  const record = newRecord(job, `${job.metadata.name}.yaml:3`, { uid: '1a2b3c4d', now: T0, ...content });
  return { ...record, status: { ...record.status, observedGeneration: 1, ...status } };
}

/** Held up at SSH: worker 3 refuses. */
export function waitingRing(): JobRecord {
  return ring({
    phase: 'networked',
    startTime: T0,
    conditions: [
      condition('ManifestValid', 'True', 'Valid', 'ring.yaml:3'),
      condition('ImageReady', 'True', 'ImageReady', ''),
      condition('SSHReady', 'False', 'SSHFailed', 'worker 3: connection refused by 10.0.1.7:2022 (12 tries)'),
    ],
    waitingOn: [
      {
        for: 'ssh-ready',
        reason: 'SSHFailed',
        message: 'worker 3: connection refused by 10.0.1.7:2022 (12 tries)',
        since: T0 + 2_000,
      },
    ],
    workers: [0, 1, 2, 3].map(index => ({
      index,
      node: `node${(index % 3) + 1}`,
      address: `10.0.1.${index + 4}`,
      state: 'running',
      ssh: index === 3 ? 'failed' : 'ok',
      registered: true,
      ranks: '',
      ...(index === 3 ? { message: 'connection refused by 10.0.1.7:2022' } : {}),
    })),
    runs: [
      {
        number: 1,
        id: 'ring-1a2b3c4d-1',
        generation: 1,
        createdAt: T0,
        phases: { pending: T0, imaged: T0 + 400, networked: T0 + 500 },
        image: 'mpiswarm/openmpi5@sha256:0123456789ab',
      },
    ],
    events: [
      { at: T0, type: 'Normal', reason: 'PhaseReached', message: 'imaged', count: 1, run: 1 },
      {
        at: T0 + 2_000,
        type: 'Warning',
        reason: 'SSHFailed',
        message: 'worker 3: connection refused',
        count: 3,
        first: T0 + 1_000,
        run: 1,
      },
    ],
  });
}

/** Over, with every rank on its worker. */
export function doneRing(): JobRecord {
  const phases = {
    pending: T0,
    imaged: T0 + 400,
    networked: T0 + 500,
    'ssh-ready': T0 + 1_900,
    registered: T0 + 1_900,
    'hostfile-written': T0 + 1_950,
    running: T0 + 2_000,
  };
  const end = {
    outcome: 'Succeeded',
    exitCode: 0,
    reason: 'Completed',
    message: 'mpirun exited with code 0',
  } as const;
  return ring({
    ...end,
    phase: 'done',
    startTime: T0,
    completionTime: T0 + 2_600,
    conditions: [condition('Succeeded', 'True', 'Completed', 'mpirun exited with code 0')],
    workers: [0, 1, 2, 3].map(index => ({
      index,
      node: `node${(index % 3) + 1}`,
      address: `10.0.1.${index + 4}`,
      state: 'running',
      ssh: 'ok',
      registered: true,
      ranks: String(index),
    })),
    runs: [
      {
        ...end,
        number: 1,
        id: 'ring-1a2b3c4d-1',
        generation: 1,
        createdAt: T0,
        phases,
        mpirun: 'mpirun (Open MPI) 5.0.7',
        startedAt: T0 + 2_000,
        endedAt: T0 + 2_600,
        placement: [0, 1, 2, 3].map(rank => [rank, `node${(rank % 3) + 1}`, String(rank)] as const),
      },
    ],
    events: [
      {
        at: T0 + 2_600,
        type: 'Normal',
        reason: 'Succeeded',
        message: 'mpirun exited with code 0',
        count: 1,
        run: 1,
      },
    ],
  });
}

function condition(type: string, status: 'True' | 'False', reason: ReasonName, message: string) {
  return { type, status, reason, message, lastTransitionTime: T0 + 1_000 };
}
