import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../../controller/core/model/record.js';
import type { StateStoreWorld } from '../../../controller/ports/state-store.js';
import { type CommandOutput, type Follower, TestInstallation, until } from './installation.js';
import { manifest } from './manifest.js';

/** Shorter than the default, so that a job which ignores SIGTERM is gone sooner. */
export const SHARED_GRACE_S = 3;

let started: Promise<TestInstallation> | undefined;
/** File that dropped a manifest of that name. */
const owners = new Map<string, string>();
/** What is left to do once the installation is gone. */
const lasts: (() => Promise<unknown>)[] = [];

after('every job of the shared installation is gone', async function () {
  this.timeout(120_000);
  const installation = await started?.catch(() => undefined);
  if (!installation) return;
  try {
    await until('every job of the shared installation is gone', 90_000, async () => {
      const { jobs } = await installation.world();
      return [...jobs.keys()].every(key => key === 'default/anchor') || undefined;
    });
  } finally {
    await installation.destroy();
    // Swarm counts a network as in use for a while after the last job on it is gone; down waits for that
    await Promise.all(lasts.map(act => act()));
  }
});

/**
 * Part of the one installation that all files share which only drop manifests and read what becomes of them. The first file
 * that asks starts it. Each file has a subfolder of its own, and job names that no other file has.
 */
export async function sharedInstallation(part: string): Promise<SharedInstallation> {
  started ??= start();
  const installation = await started;
  const manifests = join(installation.manifests, part);
  await mkdir(manifests, { recursive: true });
  return new SharedInstallation(installation, part, manifests);
}

async function start(): Promise<TestInstallation> {
  const installation = await TestInstallation.create(['--grace', `${SHARED_GRACE_S}s`]);
  // Keeps the folder from being empty between two files: that would count as a failed mount
  await installation.drop('anchor.yaml', manifest('anchor', { spec: { runPolicy: { suspend: true } } }));
  try {
    await installation.start();
  } catch (error) {
    await installation.destroy();
    throw error;
  }
  return installation;
}

export class SharedInstallation {
  constructor(
    private readonly whole: TestInstallation,
    private readonly part: string,
    /** This part's own subfolder. */
    readonly manifests: string,
  ) {}

  get stateDir(): string {
    return this.whole.stateDir;
  }

  /** A folder beside the manifests, for what the controller is not to read. */
  get folder(): string {
    return this.whole.folder;
  }

  /** What the controller has written, of all parts. */
  get log(): string {
    return this.whole.log;
  }

  async drop(file: string, text: string): Promise<void> {
    const owner = owners.get(file) ?? this.part;
    if (owner !== this.part)
      throw new Error(`${file} is dropped by ${owner} and by ${this.part}; give the job another name`);
    owners.set(file, this.part);
    await this.whole.drop(join(this.part, file), text);
  }

  async remove(file: string): Promise<void> {
    await this.whole.remove(join(this.part, file));
  }

  /** Returns when the controller has acted on all that was dropped before. */
  caughtUp(): Promise<void> {
    return this.whole.caughtUp(this.part);
  }

  cli(...argv: readonly string[]): Promise<CommandOutput> {
    return this.whole.cli(...argv);
  }

  follow(...argv: readonly string[]): Follower {
    return this.whole.follow(...argv);
  }

  world(runs?: readonly string[]): Promise<StateStoreWorld> {
    return this.whole.world(runs);
  }

  job(key: string): Promise<JobRecord | undefined> {
    return this.whole.job(key);
  }

  waitFor(key: string, is: (record: JobRecord) => boolean, ms?: number): Promise<JobRecord> {
    return this.whole.waitFor(key, is, ms);
  }

  waitDone(key: string, ms?: number): Promise<JobRecord> {
    return this.whole.waitDone(key, ms);
  }

  waitGone(key: string, ms?: number): Promise<void> {
    return this.whole.waitGone(key, ms);
  }

  output(run: string): Promise<string> {
    return this.whole.output(run);
  }

  /**
   * Removes this part's manifests. Their jobs go while the next file's are made; at the end none may be left.
   *
   * @param last removes what the jobs used, once the installation is gone.
   */
  async close(last?: () => Promise<unknown>): Promise<void> {
    if (last) lasts.push(last);
    await rm(this.manifests, { recursive: true, force: true });
  }
}
