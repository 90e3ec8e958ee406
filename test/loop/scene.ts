import type { Policy } from '../../controller/api/policy/policy.js';
import type { MPIJob, WorkerGroup } from '../../controller/api/types/mpijob.js';
import { DEFAULT_LIMITS, type Limits } from '../../controller/core/gc/outputs.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import type { Installation } from '../../controller/core/model/specs.js';
import { Controller } from '../../controller/loop/controller.js';
import type { ControllerEvent } from '../../controller/ports/events.js';
import { FakeAgents } from '../fakes/agents.js';
import { FakeCluster } from '../fakes/cluster.js';
import { Crash, Effects } from '../fakes/effects.js';
import { FakeElection } from '../fakes/election.js';
import { FakeImages } from '../fakes/images.js';
import { FakeManifests } from '../fakes/manifests.js';
import { FakeOutputs } from '../fakes/outputs.js';
import { FakePackages } from '../fakes/packages.js';
import { RunZnodesStore } from '../fakes/run-znodes.js';
import { FakeRuntime } from '../fakes/runtime.js';
import { FakeSwarm } from '../fakes/swarm.js';

export const INSTALLATION: Installation = {
  id: 'mpiswarm-zookeeper:2181@node-n1/mpiswarm',
  zookeeper: 'mpiswarm-zookeeper:2181',
  znode: '/mpiswarm',
  agent: { image: 'mpiswarm/agent:test', content: 'abcdefabcdef', command: ['/opt/mpiswarm/bin/agent'] },
  sessionTimeoutMs: 10_000,
  graceMs: 5_000,
};

const STEP_MS = 100;

/** The whole world of a controller, in memory, and the controller. */
export class Scene {
  readonly effects = new Effects();
  readonly runtime = new FakeRuntime();
  readonly cluster = new FakeCluster(() => this.runtime.now());
  readonly swarm = new FakeSwarm(this.cluster, this.effects);
  readonly images = new FakeImages(() => this.runtime.now());
  readonly packages = new FakePackages(this.cluster, this.effects, () => this.runtime.now());
  readonly election = new FakeElection(() => this.runtime.elapsed());
  readonly stateStore = new RunZnodesStore(this.effects, this.election);
  leadership = this.election.campaign();
  readonly outputs = new FakeOutputs(this.effects, () => this.runtime.now());
  readonly manifests = new FakeManifests();
  readonly agents = new FakeAgents(this.cluster, this.stateStore, () => this.runtime.now());
  readonly news: ControllerEvent[] = [];
  allowPruneAll = false;
  allowEmptyZookeeper = false;
  controller: Controller;
  crashes = 0;
  /** What jobs may have; undefined: anything. */
  policy: Policy | undefined;

  constructor(readonly limits: Limits = DEFAULT_LIMITS) {
    this.controller = this.startController();
    for (const name of ['n1', 'n2', 'n3']) this.cluster.addNode(name);
  }

  /** One tick of the controller; when it dies, the next one takes its place. */
  async tick(): Promise<void> {
    try {
      await this.controller.tick();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.crashes += 1;
      this.restart();
    }
  }

  /** Another process takes the place of the one that died, whose session has ended. */
  restart(): void {
    this.effects.revive();
    this.images.forget();
    this.packages.forget();
    this.stateStore.forget();
    this.election.remove(this.leadership);
    this.leadership = this.election.campaign();
    this.controller = this.startController();
  }

  /** The world moves on by one step, and the clock with it. */
  step(ms = STEP_MS): void {
    this.images.step();
    this.packages.step();
    this.cluster.step();
    this.agents.step();
    this.runtime.advance(ms);
  }

  /** Ticks and steps until the condition holds; fails when it does not within so many rounds. */
  async until(what: string, condition: () => boolean, rounds = 1_000): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await this.tick();
      if (condition()) return;
      this.step();
    }
    throw new Error(
      `${what}: not within ${rounds} rounds: ${JSON.stringify([...this.stateStore.jobs.values()], null, 1)}`,
    );
  }

  async rounds(count: number, ms = STEP_MS): Promise<void> {
    for (let round = 0; round < count; round += 1) {
      this.step(ms);
      await this.tick();
    }
  }

  /** Until every job of the folder is done and nothing moves any more. */
  untilDone(...keys: readonly string[]): Promise<void> {
    return this.until(`${keys.join(', ')} done`, () =>
      keys.every(key => this.find(key)?.status.phase === 'done'),
    );
  }

  find(key: string): JobRecord | undefined {
    const stored = this.stateStore.jobs.get(key);
    return stored && (JSON.parse(stored.text) as JobRecord);
  }

  job(key: string): JobRecord {
    const record = this.find(key);
    if (!record) throw new Error(`there is no job ${key}`);
    return record;
  }

  /** Names of everything that carries a run's label, and of all run znodes. */
  remains(): readonly string[] {
    const { services, secrets, configs } = this.cluster;
    const ofRuns = (labels: Readonly<Record<string, string>>) => labels[LABEL.run] !== undefined;
    return [
      ...services.filter(({ spec }) => ofRuns(spec.labels)).map(({ spec }) => `service ${spec.name}`),
      ...secrets.filter(({ labels }) => ofRuns(labels)).map(({ name }) => `secret ${name}`),
      ...configs.filter(({ labels }) => ofRuns(labels)).map(({ name }) => `config ${name}`),
      ...[...this.stateStore.runs.keys()].map(run => `znode ${run}`),
    ].sort();
  }

  /** Another controller on the same world, with its own place in the line. */
  startController(leadership = this.leadership): Controller {
    const { swarm, images, packages, outputs, runtime, manifests } = this;
    const stateStore = leadership.fenced(this.stateStore);
    const ports = { swarm, images, packages, stateStore, outputs, runtime, manifests, leadership };
    const { limits, allowPruneAll, allowEmptyZookeeper } = this;
    return new Controller({
      ports,
      installation: INSTALLATION,
      limits,
      allowPruneAll,
      allowEmptyZookeeper,
      policy: async () => this.policy ?? ANYTHING,
      report: news => this.news.push(news),
    });
  }
}

const ANYTHING: Policy = { namespaces: {}, default: {} };

/** A manifest with the given fields of `spec` beside the three that it needs. */
export function manifest(name: string, spec: DeepPartial<MPIJob['spec']> = {}): string {
  const { workers, ...rest } = spec;
  const program = rest.java === undefined ? { command: ['/opt/ring'] } : {};
  const full = { image: 'ring:1', ...program, ...rest, workers: { replicas: 2, ...workers } };
  return JSON.stringify({ apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJob', metadata: { name }, spec: full });
}

export type Groups = readonly (DeepPartial<WorkerGroup> & Pick<WorkerGroup, 'name' | 'replicas'>)[];

/** The same with several groups of workers. */
export function groupedManifest(
  name: string,
  groups: Groups,
  spec: Omit<DeepPartial<MPIJob['spec']>, 'workers'> = {},
): string {
  const whole = JSON.parse(manifest(name, spec)) as { readonly spec: object };
  return JSON.stringify({ ...whole, spec: { ...whole.spec, workers: groups } });
}

type DeepPartial<T> = T extends readonly unknown[] ? T : { readonly [K in keyof T]?: DeepPartial<T[K]> };
