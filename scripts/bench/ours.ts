import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, renameSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../cluster/lib/until.js';
import type { Containers } from './containers.js';
import type { Contender, Mark } from './contender.js';
import { IMAGE, manifest } from './job.js';
import type { Place } from './place.js';

const CLI = 'dist/mpiswarm.js';
const START_MS = 90_000;
const RUN_MS = 120_000;

/** What `get -o json` says of a job, as far as it is used here. Times are RFC 3339 with milliseconds. */
interface Job {
  readonly status: {
    readonly phase: string;
    readonly outcome?: string;
    readonly message?: string;
    readonly runs: readonly RunStatus[];
  };
}

interface RunStatus {
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly phases: Readonly<Record<string, string>>;
  readonly exitCode?: number;
}

/** The product: `mpiswarm up` with its defaults, started and idle. The renaming of the manifest is the go signal. */
export async function ourContender(place: Place, containers: Containers): Promise<Contender> {
  const { cluster, socket, folder } = place;
  // A root of its own: a ZooKeeper that an earlier run left belongs to that run's credential
  const root = ['--zookeeper-root', `/bench-${process.pid}`];
  const flags = ['--docker', `unix://${socket}`, '--state-dir', join(folder, 'state'), ...root];
  const manifests = join(folder, 'manifests');
  await mkdir(manifests);
  await writeFile(join(manifests, 'idle.yaml'), IDLE);
  const up = cluster.spawn(0, [process.execPath, CLI, 'up', ...flags, '--manifests', manifests]);
  const log = join(folder, 'up.log');
  await watching(up, log);
  const cli = async (...argv: readonly string[]): Promise<string> => {
    const [name = '', ...rest] = argv;
    return (await cluster.run(0, [process.execPath, CLI, name, ...flags, ...rest])).stdout;
  };
  const done = (run: string) =>
    until(
      `job ${run} is done`,
      async () => {
        const job = JSON.parse(await cli('get', run, '-o', 'json')) as Job;
        return job.status.phase === 'done' ? job : undefined;
      },
      { deadlineMs: RUN_MS, everyMs: 500 },
    );
  return {
    name: 'ours',
    run: async (run, workers) => {
      const draft = join(folder, `${run}.draft`);
      await writeFile(draft, manifest(run, workers));
      const ended = containers.end(run, 'launcher', RUN_MS);
      const go = Date.now();
      renameSync(draft, join(manifests, `${run}.json`));
      // Don't query the controller before the command has ended: that would be measured too
      await ended;
      const { status } = await done(run);
      const output = await cli('logs', run);
      if (status.outcome !== 'Succeeded')
        throw new Error(`job ${run}: ${status.outcome}: ${status.message}\n${output}`);
      const starts = status.runs.filter(({ startedAt }) => startedAt !== undefined).length;
      return { go, output, starts, marks: marksOf(status.runs.at(-1)) };
    },
    remove: run => rm(join(manifests, `${run}.json`)),
    close: async () => {
      const ended = once(up, 'exit');
      up.kill('SIGTERM');
      await ended;
    },
  };
}

/** The controller takes an empty folder for a failed mount at first, so a job that never runs stays in it. */
const IDLE = JSON.stringify({
  apiVersion: 'mpiswarm.dev/v1',
  kind: 'MPIJob',
  metadata: { name: 'idle' },
  spec: { image: IMAGE, workers: { replicas: 1 }, command: ['true'], runPolicy: { suspend: true } },
});

async function watching(up: ChildProcess, log: string): Promise<void> {
  const file = createWriteStream(log);
  up.stdout?.pipe(file);
  up.stderr?.pipe(file);
  await until(
    'mpiswarm up watches its folder',
    async () => {
      const text = await readFile(log, 'utf8');
      if (up.exitCode !== null) throw new Error(`it ended with code ${up.exitCode}: ${text}`);
      return text.includes('watching') ? true : undefined;
    },
    { deadlineMs: START_MS },
  );
}

function marksOf(run: RunStatus | undefined): readonly Mark[] {
  if (run === undefined) return [];
  const rungs = Object.entries(run.phases).filter(([phase]) => phase !== 'done' && phase !== 'pending');
  const moments = [
    { what: 'run created', at: Date.parse(run.createdAt) },
    ...rungs.map(([phase, at]) => ({ what: `phase ${phase}`, at: Date.parse(at) })),
    ...(run.startedAt === undefined ? [] : [{ what: 'start claimed', at: Date.parse(run.startedAt) }]),
  ];
  return moments.sort((a, b) => a.at - b.at);
}
