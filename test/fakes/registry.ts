import type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
  StartToken,
} from '../../controller/core/protocol.js';
import type { JobRecord } from '../../controller/core/record.js';
import type { RunWorld, Seen } from '../../controller/core/world.js';
import {
  type ControllerView,
  PortError,
  type Registry,
  type RegistryWorld,
  type Wake,
} from '../../controller/ports.js';
import { Effects } from './effects.js';
import type { FakeElection } from './election.js';

interface StoredRun {
  readonly workers: Map<number, Registration>;
  readonly placement: Map<number, Placement>;
  launcher?: LauncherReport;
  start?: StartToken;
  stop?: true;
  claim?: Claim;
  result?: RunResult;
  /** Somebody waits for the run's bell. */
  armed: boolean;
}

/**
 * The `Registry` port in memory, and the run's znodes as its agents see them. Nothing moves by itself. What agents
 * write to a run without znodes is lost, and their calls then return false.
 */
export class FakeRegistry implements Registry {
  /** Why ZooKeeper does not answer; undefined when it does. */
  unreachable: string | undefined;
  readonly #effects: Effects;
  readonly #jobs = new Map<string, { readonly json: string; readonly version: number }>();
  readonly #runs = new Map<string, StoredRun>();
  readonly #wakes = new Set<Wake>();

  constructor(
    effects: Effects = new Effects(),
    private readonly election?: FakeElection,
  ) {
    this.#effects = effects;
  }

  async observe(runs: readonly string[]): Promise<Seen<RegistryWorld>> {
    if (this.unreachable !== undefined) return { ok: false, error: this.unreachable };
    const jobs = [...this.#jobs].sort(([a], [b]) => (a < b ? -1 : 1));
    const worlds = runs.flatMap(run => {
      const stored = this.#runs.get(run);
      if (!stored) return [];
      stored.armed = true;
      return [[run, view(stored)] as const];
    });
    return {
      ok: true,
      value: {
        jobs: new Map(jobs.map(([key, { json, version }]) => [key, { record: JSON.parse(json), version }])),
        runs: new Map(worlds),
        runIds: [...this.#runs.keys()].sort(),
      },
    };
  }

  writeJob(record: JobRecord, version: number | undefined): Promise<number> {
    return this.#do('write job', () => {
      const known = this.#jobs.get(record.key);
      if (known?.version !== version)
        throw new PortError(
          'retry',
          `write ${record.key}: expected version ${version}, got ${known?.version}`,
        );
      const next = version === undefined ? 0 : version + 1;
      this.#jobs.set(record.key, { json: JSON.stringify(record), version: next });
      return next;
    });
  }

  removeJob(key: string): Promise<void> {
    return this.#do('remove job', () => void this.#jobs.delete(key));
  }

  createRun(run: string): Promise<void> {
    return this.#do('create run', () => {
      if (!this.#runs.has(run))
        this.#runs.set(run, { workers: new Map(), placement: new Map(), armed: false });
    });
  }

  createStart(run: string, token: StartToken): Promise<void> {
    return this.#do('create start', () => {
      this.#mustHave(run).start = token;
    });
  }

  createStop(run: string): Promise<void> {
    return this.#do('create stop', () => {
      this.#mustHave(run).stop = true;
    });
  }

  removeRun(run: string): Promise<void> {
    return this.#do('remove run', () => void this.#runs.delete(run));
  }

  credential(run: string): string {
    return `run:secret-of-${run}`;
  }

  async controllers(): Promise<Seen<readonly ControllerView[]>> {
    return { ok: true, value: this.election?.controllers() ?? [] };
  }

  onChange(wake: Wake): void {
    this.#wakes.add(wake);
  }

  async close(): Promise<void> {
    this.#wakes.clear();
  }

  /** Worker `registration.index` is up. */
  register(run: string, registration: Registration): boolean {
    return this.#asAgent(run, stored => stored.workers.set(registration.index, registration));
  }

  /** The session of worker `index` ended. */
  drop(run: string, index: number): boolean {
    return this.#asAgent(run, stored => stored.workers.delete(index));
  }

  report(run: string, report: LauncherReport): boolean {
    return this.#asAgent(run, stored => {
      stored.launcher = report;
    });
  }

  /** The session of the launcher ended. */
  dropLauncher(run: string): boolean {
    return this.#asAgent(run, stored => delete stored.launcher);
  }

  place(run: string, placement: Placement): boolean {
    return this.#asAgent(run, stored => stored.placement.set(placement.worker, placement));
  }

  /** The first claim stays. */
  claim(run: string, claim: Claim): 'created' | 'exists' | false {
    return this.#once(run, 'claim', claim);
  }

  /** The first result stays. */
  finish(run: string, result: RunResult): 'created' | 'exists' | false {
    return this.#once(run, 'result', result);
  }

  /** What the launcher's agent reads of the start token. */
  startToken(run: string): StartToken | undefined {
    return this.#runs.get(run)?.start;
  }

  /** What the launcher's agent reads of the stop token. */
  stopping(run: string): boolean {
    return this.#runs.get(run)?.stop === true;
  }

  #once<K extends 'claim' | 'result'>(run: string, name: K, value: NonNullable<StoredRun[K]>) {
    if (this.#runs.get(run)?.[name]) return 'exists';
    const done = this.#asAgent(run, stored => {
      stored[name] = value;
    });
    return done && 'created';
  }

  #asAgent(run: string, change: (stored: StoredRun) => unknown): boolean {
    const stored = this.#runs.get(run);
    if (!stored || this.unreachable !== undefined) return false;
    change(stored);
    if (stored.armed) for (const wake of this.#wakes) wake();
    stored.armed = false;
    return true;
  }

  #mustHave(run: string): StoredRun {
    const stored = this.#runs.get(run);
    if (!stored) throw new PortError('retry', `run ${run}: no such znode`);
    return stored;
  }

  #do<T>(name: string, effect: () => T): Promise<T> {
    return this.#effects.run(name, () => {
      if (this.unreachable !== undefined) throw new PortError('retry', `${name}: ${this.unreachable}`);
      return effect();
    });
  }
}

function view({ workers, placement, launcher, start, stop, claim, result }: StoredRun): RunWorld {
  return structuredClone({
    registrations: [...workers.values()].sort((a, b) => a.index - b.index),
    placements: [...placement.values()].sort((a, b) => a.worker - b.worker),
    started: start !== undefined,
    ...(start && { startHostfile: start.hostfile }),
    stopping: stop === true,
    ...(launcher && { launcher }),
    ...(claim && { claim }),
    ...(result && { result }),
  });
}
