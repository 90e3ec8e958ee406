import type { JobRecord } from '../../core/model/record.js';
import type { RunWorld, Seen } from '../../core/model/world.js';
import { brief } from '../../core/status/brief.js';
import { PortError } from '../../ports/errors.js';
import type { ControllerView, Leadership } from '../../ports/leadership.js';
import type { StateStore, StateStoreWorld } from '../../ports/state-store.js';
import type { Wake } from '../../ports/wake.js';
import { given } from '../../shared/given.js';
import type { RunDirectory } from '../../shared/protocol/program-records.js';
import { RUN_ZNODES, type StartToken } from '../../shared/protocol/protocol.js';
import { type Acl, digestAcl } from '../../shared/zookeeper/acl.js';
import { isZooKeeperError } from '../../shared/zookeeper/errors.js';
import { ZooKeeperSession } from '../../shared/zookeeper/session.js';
import { controllersOf, readLine } from './election/candidates.js';
import { type Candidate, ZooKeeperLeadership } from './election/leadership.js';
import type { RegistryOptions } from './options.js';
import { CachedReads } from './znodes/cached-reads.js';
import { JobRecords } from './znodes/job-records.js';
import { LeftBehind } from './znodes/left-behind.js';
import { OwnServer } from './znodes/own-server.js';
import { toPortError } from './znodes/port-error.js';
import { ID, makeRoot, readId } from './znodes/root.js';
import { runAcl, runCredential } from './znodes/run-acl.js';
import { KnownBounds } from './znodes/run-bounds.js';
import { createRunOps, readRun } from './znodes/run-znodes.js';
import { Runs } from './znodes/runs.js';

/** For what a program may have made by the thousand; the tick waits for it. */
const REMOVE_MS = 2_000;
/** How long a call waits for a connection before it fails. */
const PATIENCE_MS = 1_000;

/**
 * Job records under `<root>/jobs/<namespace>.<name>`, for the controller's credential alone; run znodes under
 * `<root>/runs/<run>`, for the controller's and the run's own.
 */
export class ZooKeeperStateStore implements StateStore {
  readonly #options: RegistryOptions;
  readonly #root: string;
  readonly #session: ZooKeeperSession;
  readonly #cache: CachedReads;
  readonly #acl: Acl;
  readonly #jobs: JobRecords;
  readonly #runs: Runs;
  readonly #leftBehind = new LeftBehind();
  readonly #own: OwnServer | undefined;
  readonly #bounds = new KnownBounds();
  /** Runs whose credential the session presents to read them. */
  #read: readonly string[] = [];
  readonly #wakes = new Set<Wake>();
  #leadership: ZooKeeperLeadership | undefined;
  readonly #wake = (): void => {
    for (const wake of this.#wakes) wake();
  };

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#root = options.root ?? '/mpiswarm';
    const { hosts, timeoutMs, credential, log } = options;
    this.#session = ZooKeeperSession.connect({ hosts, timeoutMs, credential, ...(log && { log }) });
    this.#session.onState(this.#wake);
    this.#cache = new CachedReads(this.#session);
    this.#jobs = new JobRecords(this.#cache, `${this.#root}/jobs`);
    this.#runs = new Runs(this.#cache, `${this.#root}/runs`);
    this.#acl = digestAcl(credential);
    if (options.embedded)
      this.#own = new OwnServer(this.#session, `${this.#root}/runs`, { acl: this.#acl, ...options.embedded });
  }

  /**
   * Joins the election. From then on every write belongs to the term at the time of the call, and is refused without
   * a term or after another began. Close it before the store.
   */
  campaign(self: Pick<Candidate, 'host' | 'now'>): Leadership {
    const place = { session: this.#session, root: this.#root, acl: this.#acl };
    this.#leadership = new ZooKeeperLeadership({ ...self, ...place });
    return this.#leadership;
  }

  observe(runs: readonly string[]): Promise<Seen<StateStoreWorld>> {
    // There are many finished runs with znodes, and each new connection would present all their credentials
    for (const run of this.#read) if (!runs.includes(run)) this.#session.withdraw(this.credential(run));
    this.#read = runs;
    return this.#seen(async () => {
      await this.#own?.close();
      const id = await readId(this.#cache, this.#root);
      const records = await this.#jobs.read();
      this.#bounds.begin([...records.jobs.values()].map(({ record }) => record));
      const found = await this.#runs.observe({
        wanted: runs,
        read: run => this.#readRun(run),
        ask: () => this.#session.get(this.#root),
      });
      const leftBehind = this.#leftBehind.among(found.runIds);
      const runIds = found.runIds.filter(run => !leftBehind.has(run));
      return { ...given({ id }), ...records, ...found, runIds, leftBehind };
    });
  }

  /** A session sees everything committed before its own last write, and a term begins with a write. */
  records(): Promise<Seen<readonly JobRecord[]>> {
    const unwatched = {
      get: (path: string) => this.#session.get(path),
      children: (path: string) => this.#session.children(path),
    };
    const jobs = new JobRecords(new CachedReads(unwatched), `${this.#root}/jobs`);
    return this.#seen(async () => {
      const read = await jobs.read();
      const [unreadable] = read.unreadableRecords.values();
      if (unreadable !== undefined) throw new PortError('blocked', unreadable);
      return [...read.jobs.values()].map(({ record }) => record);
    });
  }

  createId(id: string): Promise<void> {
    const options = { acl: this.#acl, fence: this.#leadership?.fence() };
    return this.#do(async () => {
      await this.#inRoot(() => this.#session.create(`${this.#root}/${ID}`, Buffer.from(id), options));
    });
  }

  writeJob(record: JobRecord, version: number | undefined): Promise<number> {
    const path = this.#jobs.path(record.key);
    const data = Buffer.from(JSON.stringify(brief(record)));
    this.#bounds.note(record);
    const fence = this.#leadership?.fence();
    return this.#do(async () => {
      if (version !== undefined) return this.#session.set(path, data, version, fence);
      const make = () => this.#session.create(path, data, { acl: this.#acl, fence });
      const made = await this.#inRoot(make);
      if (made === 'exists') throw new PortError('retry', `create ${path}: another client created it`);
      return 0;
    });
  }

  removeJob(key: string, version: number): Promise<void> {
    const fence = this.#leadership?.fence();
    return this.#do(async () => {
      await this.#session.remove(this.#jobs.path(key), version, fence);
    });
  }

  createRun(run: string, directory: RunDirectory): Promise<void> {
    const quota = this.#own?.quotaOps(run, this.#bounds.of(run)) ?? [];
    const ops = [
      ...quota,
      ...createRunOps(this.#runPath(run), directory, runAcl(this.#options.credential, run)),
    ];
    const fence = this.#leadership?.fence();
    return this.#do(async () => {
      try {
        await this.#inRoot(() => this.#session.multi(ops, fence));
      } catch (error) {
        // All or nothing: if one exists, all do.
        if (!isZooKeeperError(error, 'exists')) throw error;
      }
    });
  }

  createStart(run: string, token: StartToken): Promise<void> {
    const path = `${this.#runPath(run)}/${RUN_ZNODES.start}`;
    const data = Buffer.from(JSON.stringify(token));
    const options = { acl: runAcl(this.#options.credential, run), fence: this.#leadership?.fence() };
    return this.#do(async () => {
      if ((await this.#session.create(path, data, options)) === 'created') return;
      const there = await this.#session.get(path);
      if (!there || data.equals(there.data)) return;
      await this.#session.set(path, data, there.version, options.fence);
    });
  }

  createStop(run: string): Promise<void> {
    const path = `${this.#runPath(run)}/${RUN_ZNODES.stop}`;
    const options = { acl: runAcl(this.#options.credential, run), fence: this.#leadership?.fence() };
    return this.#do(async () => void (await this.#session.create(path, Buffer.from('{}'), options)));
  }

  removeRun(run: string): Promise<void> {
    const fence = this.#leadership?.fence();
    return this.#do(async () => {
      await this.#own?.removeQuota(run, fence);
      this.#session.present(this.credential(run));
      const limits = { fence, limitMs: REMOVE_MS };
      await this.#leftBehind.unless(run, this.#session.removeTree(this.#runPath(run), limits));
      this.#session.withdraw(this.credential(run));
    });
  }

  credential(run: string): string {
    return runCredential(this.#options.credential, run);
  }

  controllers(): Promise<Seen<readonly ControllerView[]>> {
    return this.#seen(async () => {
      const line = await readLine(this.#session, this.#root);
      return line ? controllersOf(line) : [];
    });
  }

  onChange(wake: Wake): void {
    this.#wakes.add(wake);
  }

  async close(): Promise<void> {
    this.#wakes.clear();
    await this.#session.close();
  }

  #readRun(run: string): Promise<RunWorld | undefined> {
    // Agents know only their run's credential, so it owns the znodes that they create.
    this.#session.present(this.credential(run));
    const reads = { bounds: this.#bounds.of(run), bell: this.#wake };
    return readRun(this.#cache, this.#runPath(run), reads);
  }

  /** Creates our root first if it's missing. */
  async #inRoot<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!isZooKeeperError(error, 'no-node')) throw error;
    }
    await makeRoot(this.#session, this.#root, this.#acl);
    await this.#own?.close(true);
    return act();
  }

  async #seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
    try {
      return { ok: true, value: await this.#do(read) };
    } catch (error) {
      if (error instanceof PortError) return { ok: false, error: error.message };
      throw error;
    }
  }

  /** Waits a moment for a connection, and turns the session's errors into the port's. */
  async #do<T>(act: () => Promise<T>): Promise<T> {
    try {
      await this.#session.ready(PATIENCE_MS);
      return await act();
    } catch (error) {
      throw toPortError(error, this.#options.hosts, this.#session);
    }
  }

  #runPath(run: string): string {
    return `${this.#root}/runs/${run}`;
  }
}
