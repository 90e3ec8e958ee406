import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { OutputFolder } from '../../../controller/adapters/outputs/folder.js';
import { zooKeeperCredential, zooKeeperHosts } from '../../../controller/adapters/state-dir/credential.js';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import { LABEL } from '../../../controller/core/model/names.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import type { StateStoreWorld } from '../../../controller/ports/state-store.js';
import { manifest } from './manifest.js';

/** The engine of the test cluster's first node; `npm test` starts the cluster and sets it. */
export const DOCKER = process.env['MPISWARM_TEST_DOCKER'] ?? '';
if (DOCKER === '') throw new Error('MPISWARM_TEST_DOCKER is not set: run these tests by npm test');

const CLI = join(process.env['MPISWARM_TEST_DIST'] ?? 'dist', 'mpiswarm.js');
/** The command's own environment, without what is meant for tests. */
export const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('MPISWARM_')),
);
const POLL_MS = 50;

export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs on. */
export interface Follower {
  readonly stdout: () => string;
  readonly ended: Promise<number>;
}

/** One `mpiswarm up` with a manifest folder and a state directory of its own, and eyes on what it stores. */
export class TestInstallation {
  #process: ChildProcess | undefined;
  #registry: ZooKeeperStateStore | undefined;
  #markers = 0;
  #reading: Promise<StateStoreWorld | undefined> | undefined;
  #unread: string | undefined;
  /** Everything that `up` has written. */
  log = '';

  private constructor(
    readonly folder: string,
    private readonly args: readonly string[],
    private readonly zookeeper: string | undefined,
  ) {}

  get manifests(): string {
    return join(this.folder, 'manifests');
  }

  /** The command line of its controller. */
  get upCommand(): readonly string[] {
    return [process.execPath, CLI, 'up', ...this.flags(), '--manifests', this.manifests, ...this.args];
  }

  get stateDir(): string {
    return join(this.folder, 'state');
  }

  /**
   * @param args of `up` alone.
   * @param zookeeper servers to use instead of the embedded one.
   */
  static async create(args: readonly string[] = [], zookeeper?: string): Promise<TestInstallation> {
    const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-e2e-'));
    const installation = new TestInstallation(folder, args, zookeeper);
    await mkdir(installation.manifests, { recursive: true });
    // What a killed run left behind, a ZooKeeper with another credential for one, is not this one's
    if (await isUsed()) await installation.#down(['--all']);
    return installation;
  }

  /** Starts the controller; returns when it watches the folder. */
  async start(more: readonly string[] = []): Promise<void> {
    const [file = '', ...argv] = this.upCommand;
    const child = spawn(file, [...argv, ...more], { stdio: ['ignore', 'pipe', 'pipe'], env: ENV });
    this.#process = child;
    // A controller that outlives its tests would act on the cluster of the next ones
    process.once('exit', () => child.kill('SIGKILL'));
    const seen = (data: Buffer): void => {
      this.log += data.toString();
    };
    child.stdout.on('data', seen);
    child.stderr.on('data', seen);
    const from = this.log.length;
    await until('mpiswarm up watches its folder', 60_000, async () => {
      const code = child.exitCode ?? child.signalCode;
      if (code !== null) throw new Error(`mpiswarm up ended with ${code}:\n${this.log}`);
      return this.log.slice(from).includes('watching') || undefined;
    });
  }

  /** Ends the controller and waits for its end; with SIGKILL it has no time for anything. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Puts a manifest into the folder as a careful writer does: written beside, then renamed. */
  async drop(file: string, text: string): Promise<void> {
    const draft = join(this.folder, `${basename(file)}.draft`);
    await writeFile(draft, text);
    await rename(draft, join(this.manifests, file));
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.manifests, file), { force: true });
  }

  /**
   * Returns when the controller has acted on all that was dropped before: on a job that is dropped after it.
   *
   * @param folder below the manifests.
   */
  async caughtUp(folder = ''): Promise<void> {
    this.#markers += 1;
    const name = `marker-${this.#markers}`;
    const file = join(folder, `${name}.yaml`);
    await this.drop(file, manifest(name, { spec: { runPolicy: { suspend: true } } }));
    await this.waitFor(`default/${name}`, ({ status }) => status.reason === 'Suspended');
    await this.remove(file);
  }

  /** Runs another command of the CLI against this installation. */
  async cli(...argv: readonly string[]): Promise<CommandOutput> {
    const [command = '', ...rest] = argv;
    return runCli([command, ...this.flags(), ...rest]);
  }

  /** The credential of a run's znodes, which its agents have. */
  async runCredential(run: string): Promise<string> {
    this.#registry ??= await this.#connect();
    return this.#registry.credential(run);
  }

  /** Starts another command of the CLI and does not wait for its end. */
  follow(...argv: readonly string[]): Follower {
    const [command = '', ...rest] = argv;
    const child = spawn(process.execPath, [resolve(CLI), command, ...this.flags(), ...rest], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: ENV,
    });
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    const ended = new Promise<number>(resolve => child.once('close', code => resolve(code ?? -1)));
    return { stdout: () => stdout, ended };
  }

  async world(runs: readonly string[] = []): Promise<StateStoreWorld> {
    this.#registry ??= await this.#connect();
    const seen = await this.#registry.observe(runs);
    if (!seen.ok) throw new Error(seen.error);
    return seen.value;
  }

  /**
   * What is stored, read once for all that wait at the same time; undefined while ZooKeeper doesn't answer. A disk that is
   * busy with an image holds it up for seconds, which a job survives, so a test has to wait as well.
   */
  #next(): Promise<StateStoreWorld | undefined> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<StateStoreWorld | undefined> {
    this.#registry ??= await this.#connect();
    const seen = await this.#registry.observe([]);
    this.#unread = seen.ok ? undefined : seen.error;
    return seen.ok ? seen.value : undefined;
  }

  async job(key: string): Promise<JobRecord | undefined> {
    return (await this.world()).jobs.get(key)?.record;
  }

  /** Waits until a job's record is as asked for; the error tells what it was instead. */
  async waitFor(key: string, is: (record: JobRecord) => boolean, ms = 90_000): Promise<JobRecord> {
    let last: JobRecord | undefined;
    try {
      return await until(`job ${key}`, ms, async () => {
        const now = await this.#next();
        if (!now) return undefined;
        last = now.jobs.get(key)?.record;
        return last && is(last) ? last : undefined;
      });
    } catch (error) {
      const seen = last ? JSON.stringify(last.status, undefined, 1).slice(0, 4_000) : 'never seen';
      throw new Error(
        `${(error as Error).message}; ${this.#unread ?? 'the state store answers'}; last seen: ${seen}\n${this.log.slice(-2_000)}`,
      );
    }
  }

  async waitDone(key: string, ms?: number): Promise<JobRecord> {
    return this.waitFor(key, ({ status }) => status.phase === 'done', ms);
  }

  /** Waits until nothing is stored of a job any more. */
  async waitGone(key: string, ms?: number): Promise<void> {
    await this.waitNone([key], ms);
  }

  /** The same of several jobs. */
  async waitNone(keys: readonly string[], ms = 60_000): Promise<void> {
    await until(`removal of ${keys.join(', ')}`, ms, async () => {
      const { jobs } = (await this.#next()) ?? {};
      return jobs === undefined || keys.some(key => jobs.has(key)) ? undefined : true;
    });
  }

  /** What a run wrote to standard output, from the store. */
  async output(run: string): Promise<string> {
    const chunks = await new OutputFolder(join(this.stateDir, 'output')).read(run);
    if (!chunks) throw new Error(`no output of ${run} is stored`);
    const stdout: Uint8Array[] = [];
    for await (const { stream, data, rank } of chunks)
      if (stream === 'stdout' && rank === undefined) stdout.push(data);
    return Buffer.concat(stdout).toString();
  }

  /**
   * Ends everything and removes all that this installation made on the cluster.
   *
   * @param args of `down`: `--all` also removes what is of other installations.
   */
  async destroy(args: readonly string[] = []): Promise<void> {
    await this.stop();
    await this.#registry?.close();
    await this.#down(args);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #down(args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await this.cli('down', ...args);
    if (code !== 0) throw new Error(`mpiswarm down: ${stderr}`);
    const mayStay = args.includes('--all');
    if (!mayStay && stdout.includes(' stays: '))
      throw new Error(`mpiswarm down left something behind:\n${stdout}`);
  }

  private flags(): readonly string[] {
    const zookeeper = this.zookeeper === undefined ? [] : ['--zookeeper', this.zookeeper];
    return ['--docker', DOCKER, '--state-dir', this.stateDir, ...zookeeper];
  }

  async #connect(): Promise<ZooKeeperStateStore> {
    const settings = {
      ...{ docker: DOCKER, stateDir: this.stateDir },
      ...(this.zookeeper === undefined ? {} : { zookeeper: this.zookeeper }),
    };
    const credential = await zooKeeperCredential(settings, false);
    const hosts = await zooKeeperHosts(settings, engineClient(DOCKER));
    return new ZooKeeperStateStore({ hosts, root: '/mpiswarm', credential, timeoutMs: 10_000 });
  }
}

/** Whether the test cluster's first node and its swarm have anything of mpiswarm but the agent that the cluster starts with. */
async function isUsed(): Promise<boolean> {
  const docker = engineClient(DOCKER);
  const filters = { label: [LABEL.part] };
  const found = await Promise.all([
    docker.listServices({ filters }),
    docker.listSecrets({ filters }),
    docker.listConfigs({ filters }),
    docker.listNetworks({ filters }),
    docker.listContainers({ all: true, filters }),
  ]);
  return found.some(({ length }) => length > 0);
}

/** Runs the built CLI to its end. */
export async function runCli(argv: readonly string[], cwd?: string): Promise<CommandOutput> {
  const child = spawn(process.execPath, [resolve(CLI), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: ENV,
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number>(resolve => child.once('close', status => resolve(status ?? -1)));
  return { code, stdout, stderr };
}

/** Looks until there is something; throws after `ms`. */
export async function until<T>(what: string, ms: number, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${ms / 1_000} s`);
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}
