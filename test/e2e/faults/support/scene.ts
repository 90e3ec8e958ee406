import { expect } from 'chai';
import type { JobRecord } from '../../../../controller/core/model/record.js';
import { until } from '../../support/installation.js';
import { ending, type FaultyJob, type Rig } from './rig.js';
import { SshdGate } from './sshd-gate.js';

export interface Expectation {
  /** Runs of the job, the last of which succeeds; each is started once. 1 when not given. */
  readonly runs?: number;
  /** How long the rest of the job may take, in milliseconds. */
  readonly withinMs?: number;
  /**
   * The fault is one of Swarm's managers: on a machine so busy that the others take long to agree, Swarm may end a run's
   * containers for it, and then there is one run more.
   */
  readonly swarmMayEnd?: boolean;
}

/** Jobs that are held before their start, or whose program runs, while a fault happens. */
export class Scene {
  private constructor(
    readonly rig: Rig,
    private readonly maybeGate: SshdGate | undefined,
  ) {}

  readonly names: string[] = [];
  readonly #ended = new Map<string, JobRecord>();

  static async create(rig: Rig): Promise<Scene> {
    return new Scene(rig, await SshdGate.create(rig.cluster));
  }

  /** One whose jobs cannot be held: it need not spread an image. */
  static ungated(rig: Rig): Scene {
    return new Scene(rig, undefined);
  }

  get gate(): SshdGate {
    if (!this.maybeGate) throw new Error('this scene has no gate: its jobs cannot be held');
    return this.maybeGate;
  }

  async close(): Promise<void> {
    await this.rig.close();
    await this.maybeGate?.close();
  }

  /** A job whose containers all run, and whose worker of that slot has no sshd until {@link release}. */
  async held(job: FaultyJob, slot = 2): Promise<string> {
    await this.gate.hold(`${job.name}-${slot}`);
    const key = await this.drop(job);
    await this.rig.mpiswarm.waitFor(
      key,
      ({ status: { workers } }) => workers.length > 0 && workers.every(({ state }) => state === 'running'),
    );
    return key;
  }

  async release(name: string, slot = 2): Promise<void> {
    await this.gate.release(`${name}-${slot}`);
  }

  /** A job whose program has been started. */
  async running(job: FaultyJob): Promise<string> {
    const key = await this.drop(job);
    await this.started(job.name, 1);
    await this.rig.mpiswarm.waitFor(key, ({ status }) => status.phase === 'running');
    return key;
  }

  /** Waits until the program was started that often. */
  async started(name: string, times: number): Promise<void> {
    await until(`start number ${times} of ${name}`, 90_000, async () =>
      (await this.rig.starts(name)) >= times ? true : undefined,
    );
  }

  /** Waits for the job's success, and holds its runs against the program's own count of its starts. */
  async succeeds(
    name: string,
    { runs = 1, withinMs = 90_000, swarmMayEnd = false }: Expectation = {},
  ): Promise<JobRecord> {
    const record = await this.rig.mpiswarm.waitDone(`default/${name}`, withinMs);
    const { status } = record;
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const endedBySwarm = swarmMayEnd && status.runs.length > runs ? status.runs.slice(0, 1) : [];
    for (const { exitCode } of endedBySwarm) expect(exitCode, 'ended by SIGTERM').to.equal(143);
    const all = runs + endedBySwarm.length;
    expect(status.runs.length, JSON.stringify(status.runs, undefined, 1)).to.equal(all);
    // A run that was ended may not have come to start its program
    expect(await this.rig.starts(name), 'starts that the program itself counted').to.be.within(runs, all);
    await this.rig.mpiswarm.remove(`${name}.yaml`);
    this.#ended.set(name, record);
    return record;
  }

  /** The record of a job that has succeeded. */
  ended(name: string): JobRecord {
    const record = this.#ended.get(name);
    if (!record) throw new Error(`job ${name} has not ended yet`);
    return record;
  }

  /** As {@link succeeds}, in the words of the table. */
  async outcome(name: string, expected?: Expectation): Promise<string> {
    const record = await this.succeeds(name, expected);
    const { length } = record.status.runs;
    return `${ending(record)}, ${length} ${length === 1 ? 'start' : 'starts'}`;
  }

  /** Drops the manifest of a job that has the gate before its sshd, where there is one. */
  async drop(job: FaultyJob): Promise<string> {
    this.names.push(job.name);
    const gated = { image: SshdGate.image, ...job, volumes: [SshdGate.volume] };
    return this.rig.drop(this.maybeGate ? gated : job);
  }
}
