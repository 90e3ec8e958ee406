import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ManifestFolder } from '../../controller/adapters/manifests/folder.js';
import { OutputFolder } from '../../controller/adapters/outputs/folder.js';
import { zooKeeperCredential } from '../../controller/adapters/state-dir/credential.js';
import { OUTPUT_FOLDER } from '../../controller/adapters/state-dir/installations.js';
import { ZooKeeperStateStore } from '../../controller/adapters/zookeeper/state-store.js';
import type { ManifestJob } from '../../controller/api/manifest/manifests.js';
import { newRecord } from '../../controller/core/job/record.js';
import { runId } from '../../controller/core/model/names.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import { type TestInstallation, until } from '../../test/e2e/support/installation.js';
import { manifest } from '../../test/e2e/support/manifest.js';

/** Each write waits for the disk. */
const AT_ONCE = 50;

export interface Counts {
  readonly finished: number;
  readonly waiting: number;
}

/** The reasons for which waiting jobs wait, each equally often. */
const WAITING: readonly Parameters<typeof manifest>[1][] = [
  { image: 'mpiswarm/no-such-image:1', spec: { imagePullPolicy: 'Never' } },
  { image: 'mpiswarm/no-such-image:2' },
  { workers: { placement: { constraints: ['node.labels.nowhere==true'] } } },
  { spec: { runPolicy: { suspend: true } } },
];

/**
 * Puts manifests of finished and of waiting jobs into the folder, and stores records and output of the finished ones.
 */
export async function makeJobs(mpiswarm: TestInstallation, zookeeper: string, counts: Counts): Promise<void> {
  const folder = join(mpiswarm.manifests, 'finished');
  await mkdir(folder);
  for (let i = 0; i < counts.finished; i++)
    await writeFile(join(folder, `finished-${i}.yaml`), manifest(`finished-${i}`));
  await storeFinished(mpiswarm, zookeeper, counts.finished);
  for (let i = 0; i < counts.waiting; i++) {
    const parts = WAITING[i % WAITING.length] ?? {};
    await writeFile(join(mpiswarm.manifests, `waiting-${i}.yaml`), manifest(`waiting-${i}`, parts));
  }
}

async function storeFinished(mpiswarm: TestInstallation, zookeeper: string, count: number): Promise<void> {
  const { stateDir } = mpiswarm;
  const credential = await zooKeeperCredential({ stateDir }, true);
  const stateStore = new ZooKeeperStateStore({ hosts: zookeeper, credential, timeoutMs: 10_000 });
  const outputs = new OutputFolder(join(stateDir, OUTPUT_FOLDER));
  const read = new ManifestFolder(mpiswarm.manifests);
  try {
    // A file that was just written does not count yet
    const finished = await until(`${count} manifests count`, 60_000, async () => {
      const { jobs } = await read.read();
      const found = jobs.filter(({ file }) => file.startsWith('finished/'));
      return found.length === count ? found : undefined;
    });
    const store = async ({ manifest: job, file, line }: ManifestJob, at: number): Promise<void> => {
      const uid = at.toString(16).padStart(8, '0');
      const record = done(newRecord(job, `${file}:${line}`, { uid, now: Date.now() }));
      await stateStore.writeJob(record, undefined);
      for (const { id } of record.status.runs) await outputs.store(id, nothing());
    };
    for (let from = 0; from < finished.length; from += AT_ONCE)
      await Promise.all(finished.slice(from, from + AT_ONCE).map((job, at) => store(job, from + at)));
  } finally {
    await read.close();
    await stateStore.close();
  }
}

async function* nothing(): AsyncGenerator<never> {}

/** The record as it is after one run that succeeded. */
function done(record: JobRecord): JobRecord {
  const at = record.createdAt;
  const end = { outcome: 'Succeeded', exitCode: 0, reason: 'Completed' } as const;
  const message = 'mpirun exited with code 0';
  const run: RunStatus = {
    ...{ number: 1, id: runId(record.manifest.metadata.name, record.uid, 1), generation: 1 },
    ...{ createdAt: at, startedAt: at, endedAt: at, ...end, message, placement: [] },
    phases: { pending: at, running: at, done: at },
  };
  const status = { ...record.status, ...end, message, observedGeneration: 1, phase: 'done' as const };
  return {
    ...record,
    status: { ...status, startTime: at, completionTime: at, runs: [run] },
  };
}
