import { KnownBounds, type RunBounds, SPARE } from '../../controller/adapters/zookeeper/znodes/run-bounds.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import type { RunWorld, Seen } from '../../controller/core/model/world.js';
import { PortError } from '../../controller/ports/errors.js';
import type { ControllerView } from '../../controller/ports/leadership.js';
import type { StateStore, StateStoreWorld } from '../../controller/ports/state-store.js';
import type { Wake } from '../../controller/ports/wake.js';
import type { RankRecord, RunDirectory } from '../../controller/shared/protocol/program-records.js';
import type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
  StartToken,
} from '../../controller/shared/protocol/protocol.js';
import type { Effects } from './effects.js';
import type { FakeElection } from './election.js';

/** Znodes of one run, as agents see them: they write here without being counted as effects of the controller. */
export interface RunZnodes {
  readonly directory: RunDirectory;
  readonly registrations: Map<number, Registration>;
  readonly placements: Map<number, Placement>;
  readonly ranks: Map<number, RankRecord>;
  launcher?: LauncherReport | undefined;
  start?: StartToken;
  claim?: Claim;
  result?: RunResult;
  stop: boolean;
  /** What its program did to it, so that nobody else can read it. */
  unreadable?: string;
  /** What its program made there, so that nobody else can remove it. */
  unremovable?: string;
}

/** The `Registry` port with both sides' data at hand; everything goes through JSON once, as it does for real. */
export class RunZnodesStore implements StateStore {
  readonly jobs = new Map<string, { readonly text: string; readonly version: number }>();
  readonly runs = new Map<string, RunZnodes>();
  /** One that has been led before; undefined: a new one, or one that lost its data. */
  id: string | undefined = 'store-1';
  /** Why ZooKeeper does not answer; undefined when it does. */
  unreachable: string | undefined;

  readonly #wakes = new Set<Wake>();
  /** Of this controller: the next one tries again. */
  readonly #leftBehind = new Map<string, string>();
  readonly #records = new Map<string, { readonly text: string; readonly record: JobRecord }>();

  constructor(
    private readonly effects: Effects,
    private readonly election?: FakeElection,
  ) {}

  /** The record as it is stored; the same object as long as it is the same text. */
  record(key: string): JobRecord | undefined {
    const text = this.jobs.get(key)?.text;
    if (text === undefined) return undefined;
    const known = this.#records.get(key);
    if (known?.text === text) return known.record;
    const record = recordIn(text, key);
    if (record) this.#records.set(key, { text, record });
    return record;
  }

  #unreadable(): ReadonlyMap<string, string> {
    const lost = [...this.jobs.keys()].filter(key => this.record(key) === undefined);
    return new Map(lost.map(key => [key, `znode of ${key} holds no job record that this version can read`]));
  }

  async observe(wanted: readonly string[]): Promise<Seen<StateStoreWorld>> {
    if (this.unreachable !== undefined) return { ok: false, error: this.unreachable };
    const jobs = [...this.jobs].flatMap(([key, { version }]) => {
      const record = this.record(key);
      return record ? [[key, { record, version }] as const] : [];
    });
    const bounds = new KnownBounds();
    bounds.begin(jobs.map(([, { record }]) => record));
    const runs = [...this.runs].filter(([run]) => wanted.includes(run));
    const worlds = runs.map(([run, znodes]) => [run, worldOf(znodes, bounds.of(run))] as const);
    const value: StateStoreWorld = {
      ...(this.id === undefined ? {} : { id: this.id }),
      jobs: new Map(jobs),
      unreadableRecords: this.#unreadable(),
      runs: new Map(worlds.flatMap(([run, world]) => (typeof world === 'string' ? [] : [[run, world]]))),
      runIds: [...this.runs.keys()].filter(run => !this.#leftBehind.has(run)).sort(),
      leftBehind: new Map([...this.#leftBehind].filter(([run]) => this.runs.has(run))),
      unreadableRuns: new Map(
        worlds.flatMap(([run, world]) => (typeof world === 'string' ? [[run, world]] : [])),
      ),
    };
    return { ok: true, value };
  }

  async records(): Promise<Seen<readonly JobRecord[]>> {
    if (this.unreachable !== undefined) return { ok: false, error: this.unreachable };
    const [unreadable] = this.#unreadable().values();
    if (unreadable !== undefined) return { ok: false, error: unreadable };
    return { ok: true, value: [...this.jobs.keys()].flatMap(key => this.record(key) ?? []) };
  }

  createId(id: string): Promise<void> {
    return this.#do('create id', () => {
      this.id ??= id;
    });
  }

  writeJob(record: JobRecord, version: number | undefined): Promise<number> {
    return this.effects.run('write job', () => {
      this.#check('write job');
      const known = this.jobs.get(record.key)?.version;
      if (known !== version) {
        throw new PortError(
          'retry',
          `write job ${record.key}: version is ${known ?? 'none'}, expected ${version ?? 'none'}`,
        );
      }
      const text = JSON.stringify(record);
      const bytes = Buffer.byteLength(text);
      if (bytes > 1_000_000)
        throw new PortError('blocked', `set ${record.key}: at most 1000000 bytes of data, got ${bytes}`);
      const next = (version ?? -1) + 1;
      this.jobs.set(record.key, { text, version: next });
      return next;
    });
  }

  removeJob(key: string, version: number): Promise<void> {
    return this.#do('remove job', () => {
      const known = this.jobs.get(key)?.version ?? version;
      if (known !== version) {
        throw new PortError('retry', `remove job ${key}: version is ${known}, expected ${version}`);
      }
      this.jobs.delete(key);
    });
  }

  createRun(run: string, directory: RunDirectory): Promise<void> {
    return this.#do('create run', () => {
      if (!this.runs.has(run))
        this.runs.set(run, {
          directory,
          registrations: new Map(),
          placements: new Map(),
          ranks: new Map(),
          stop: false,
        });
    });
  }

  createStart(run: string, token: StartToken): Promise<void> {
    return this.#do('create start', () => {
      this.#run(run).start = token;
    });
  }

  createStop(run: string): Promise<void> {
    return this.#do('create stop', () => {
      this.#run(run).stop = true;
    });
  }

  removeRun(run: string): Promise<void> {
    return this.#do('remove run', () => {
      const why = this.runs.get(run)?.unremovable;
      if (why === undefined) return this.runs.delete(run);
      this.#leftBehind.set(run, why);
      throw new PortError(
        'blocked',
        `the znodes of run ${run} cannot be removed and are left behind: ${why}`,
      );
    });
  }

  credential(run: string): string {
    return `run:credential of ${run}`;
  }

  async controllers(): Promise<Seen<readonly ControllerView[]>> {
    return { ok: true, value: this.election?.controllers() ?? [] };
  }

  onChange(wake: Wake): void {
    this.#wakes.add(wake);
  }

  /** As a controller that starts, which has not tried to remove anything. */
  forget(): void {
    this.#leftBehind.clear();
  }

  /** Tells those who watch that an agent has changed something. */
  ring(): void {
    for (const wake of this.#wakes) wake();
  }

  async close(): Promise<void> {
    this.#wakes.clear();
  }

  #do(name: string, effect: () => unknown): Promise<void> {
    return this.effects.run(name, () => {
      this.#check(name);
      effect();
    });
  }

  #check(name: string): void {
    if (this.unreachable !== undefined) throw new PortError('retry', `${name}: ${this.unreachable}`);
  }

  #run(run: string): RunZnodes {
    const znodes = this.runs.get(run);
    if (!znodes) throw new PortError('retry', `run ${run} has no znode`);
    return znodes;
  }
}

/** Only enough is checked that a record which came to harm is none; checking each as for real takes too long here. */
function recordIn(text: string, key: string): JobRecord | undefined {
  try {
    const record = JSON.parse(text) as JobRecord;
    return record?.key === key && Array.isArray(record.status?.runs) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** What is read of a run, or why it cannot be read. */
function worldOf(znodes: RunZnodes, { workers, ranks }: RunBounds): RunWorld | string {
  const { launcher, claim, result } = znodes;
  if (znodes.unreadable !== undefined) return znodes.unreadable;
  for (const [name, { size }, most] of [
    ['workers', znodes.registrations, workers + SPARE.workers],
    ['placement', znodes.placements, workers + SPARE.workers],
    ['ranks', znodes.ranks, ranks + SPARE.ranks],
  ] as const)
    if (size > most) return `children ${name}: ${size} znodes, of which at most ${most} are read`;
  return {
    registrations: [...znodes.registrations.values()].sort((a, b) => a.index - b.index),
    placements: [...znodes.placements.values()].sort((a, b) => a.worker - b.worker),
    ranks: [...znodes.ranks]
      .filter(([rank]) => rank < ranks)
      .sort(([a], [b]) => a - b)
      .map(([rank, record]) => ({ ...record, rank })),
    started: znodes.start !== undefined,
    ...(znodes.start ? { startHostfile: znodes.start.hostfile } : {}),
    stopping: znodes.stop,
    ...(launcher ? { launcher } : {}),
    ...(claim ? { claim } : {}),
    ...(result ? { result } : {}),
  };
}
