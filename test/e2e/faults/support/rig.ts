import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { engineClient } from '../../../../controller/adapters/docker/engine.js';
import { LABEL } from '../../../../controller/core/model/names.js';
import type { JobRecord } from '../../../../controller/core/model/record.js';
import { type Cluster, openCluster } from '../../../../scripts/cluster/cluster.js';
import { sendSignal } from '../../../../scripts/cluster/node/cgroup.js';
import { DOCKER, TestInstallation, until } from '../../support/installation.js';
import { type ManifestParts, manifest } from '../../support/manifest.js';
import { Trap } from './effect.js';
import { type EngineProxy, startEngineProxy } from './engine-proxy.js';
import { keepsLedger, removeLedgers, startsOf } from './ledger.js';
import { startZooKeeperProxy, type ZooKeeperProxy } from './zookeeper-proxy.js';

/** Beside the port of the embedded ZooKeeper. */
export const ZOOKEEPER_PORT = 2182;
const ROOT = '/mpiswarm';
/** A job that never runs: a folder that becomes empty is taken for a failed mount at first. */
const IDLE = 'idle';
/** Removed containers are gone after 7 s, and a folder's change counts after 2. */
const GONE_MS = 40_000;

export interface FaultyJob {
  readonly name: string;
  /** How long the program runs; 0 when not given. */
  readonly seconds?: number;
  /** Index of the node that the workers are kept on; where Swarm puts them when not given. */
  readonly node?: number;
  readonly image?: string;
  readonly workers?: Readonly<Record<string, unknown>>;
  /** Mounts beside that of the ledger. */
  readonly volumes?: readonly object[];
  readonly spec?: Readonly<Record<string, unknown>>;
}

/**
 * A controller that reaches the engine of node 1 and a ZooKeeper on it through proxies, which know every effect it has; agents
 * and the test reach both directly.
 */
export class Rig {
  #killed = false;
  #reviving: Promise<void> = Promise.resolve();

  private constructor(
    readonly cluster: Cluster,
    readonly mpiswarm: TestInstallation,
    readonly trap: Trap,
    readonly engine: EngineProxy,
    readonly zooKeeper: ZooKeeperProxy,
    private readonly closers: readonly (() => Promise<unknown>)[],
  ) {}

  /** @param args of `mpiswarm up`. */
  static async create(args: readonly string[] = []): Promise<Rig> {
    const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
    await cluster.emptyZooKeeper();
    const servers = await cluster.startZooKeeper({ port: ZOOKEEPER_PORT });
    const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-proxy-'));
    const trap = new Trap();
    const engine = DOCKER.slice('unix://'.length);
    const engineProxy = await startEngineProxy(join(folder, 'docker.sock'), engine, trap);
    const zooKeeper = await startZooKeeperProxy({ target: ZOOKEEPER_PORT, root: ROOT, trap });
    const links = ['--docker', engineProxy.url, '--zookeeper', zooKeeper.hosts, '--agent-zookeeper', servers];
    const mpiswarm = await TestInstallation.create([...links, ...args], `127.0.0.1:${ZOOKEEPER_PORT}`);
    await mpiswarm.drop(
      `${IDLE}.yaml`,
      manifest(IDLE, { workers: { replicas: 1 }, spec: { runPolicy: { suspend: true } } }),
    );
    return new Rig(cluster, mpiswarm, trap, engineProxy, zooKeeper, [
      // Its agents know ZooKeeper by another address, which is part of the installation's name
      () => mpiswarm.destroy(['--all']),
      () => engineProxy.close(),
      () => zooKeeper.close(),
      () => cluster.killZooKeeper(),
      () => cluster.emptyZooKeeper(),
      () => removeLedgers(cluster),
      () => rm(folder, { recursive: true }),
    ]);
  }

  /** Engine of node 1, as the test reaches it. */
  get docker(): Docker {
    return engineClient(DOCKER);
  }

  /** SIGKILL to the controller in this very moment; what it sent and what it was to hear is dropped from now on. */
  kill(): void {
    const { pid } = this.mpiswarm;
    if (pid !== undefined) sendSignal(pid, 'SIGKILL');
    this.trap.freeze();
    this.#killed = true;
  }

  /** Starts the controller again after {@link kill}; it may be killed again while it starts. */
  revive(): Promise<void> {
    const before = this.#reviving.catch(() => undefined);
    this.#reviving = before.then(async () => {
      if (!this.#killed) return;
      await this.mpiswarm.stop('SIGKILL');
      this.#killed = false;
      this.trap.thaw();
      await this.mpiswarm.start();
    });
    return this.#reviving;
  }

  /** Drops the manifest of a job of two workers that keeps a ledger. */
  async drop(job: FaultyJob): Promise<string> {
    const { name, node, image, spec } = job;
    const { volume, command } = keepsLedger(name, job.seconds ?? 0);
    const volumes = [volume, ...(job.volumes ?? [])];
    const constraints = node === undefined ? [] : [`node.hostname==${this.cluster.node(node).hostname}`];
    const parts: ManifestParts = {
      ...(image === undefined ? {} : { image }),
      workers: { replicas: 2, placement: { constraints }, volumes, ...job.workers },
      command,
      spec: { imagePullPolicy: 'Never', runPolicy: { backoffLimit: 1 }, ...spec },
    };
    await this.mpiswarm.drop(`${name}.yaml`, manifest(name, parts));
    return `default/${name}`;
  }

  starts(name: string): Promise<number> {
    return startsOf(this.cluster, name);
  }

  /** What it takes to read and write the run's znodes as its agents do. */
  async runAccess(run: string): Promise<{ readonly hosts: string; readonly credential: string }> {
    return { hosts: `127.0.0.1:${ZOOKEEPER_PORT}`, credential: await this.mpiswarm.runCredential(run) };
  }

  /** Waits until the test itself reaches ZooKeeper again. */
  async sees(): Promise<void> {
    await until('the test reaches ZooKeeper', GONE_MS, async () => {
      try {
        return await this.mpiswarm.world();
      } catch {
        // Not yet: it is what is waited for
        return undefined;
      }
    });
  }

  /** Waits until there is no record of the job any more, after its manifest was removed. */
  async forgotten(name: string, ms = GONE_MS): Promise<void> {
    await until(`job ${name} is forgotten`, ms, async () =>
      (await this.mpiswarm.job(`default/${name}`)) === undefined ? true : undefined,
    );
  }

  /** What is left of the jobs, anywhere; waits for containers that are just being removed. */
  async leftovers(names: readonly string[]): Promise<readonly string[]> {
    let left: readonly string[] = [];
    const ended = performance.now() + GONE_MS;
    do {
      const found = [...names.map(name => this.#leftoversOf(name)), this.#spareNetworks()];
      left = (await Promise.all(found)).flat();
    } while (left.length > 0 && performance.now() < ended);
    return left;
  }

  async #leftoversOf(name: string): Promise<readonly string[]> {
    const filters = { label: [`${LABEL.job}=default/${name}`] };
    const { docker } = this;
    const [services, tasks, secrets, configs, world] = await Promise.all([
      docker.listServices({ filters }),
      docker.listTasks({ filters }),
      docker.listSecrets({ filters }),
      docker.listConfigs({ filters }),
      this.mpiswarm.world(),
    ]);
    const containers = await Promise.all(
      this.cluster.nodes.map((_, index) => this.cluster.docker(index).listContainers({ all: true, filters })),
    );
    const counts = { services, tasks, secrets, configs, containers: containers.flat() };
    return [
      ...Object.entries(counts).flatMap(([what, { length }]) =>
        length > 0 ? [`${name}: ${length} ${what}`] : [],
      ),
      ...(world.jobs.has(`default/${name}`) ? [`${name}: its record`] : []),
      ...world.runIds.filter(run => run.startsWith(`${name}-`)).map(run => `${name}: znodes of ${run}`),
    ];
  }

  /** Networks that were made for a job, and that no job names any more. */
  async #spareNetworks(): Promise<readonly string[]> {
    const filters = { label: [`${LABEL.part}=network`] };
    const [networks, { jobs }] = await Promise.all([
      this.docker.listNetworks({ filters }),
      this.mpiswarm.world(),
    ]);
    const named = new Set([...jobs.values()].map(({ record }) => record.manifest.spec.network.name));
    return networks
      .filter(({ Name }) => Name !== 'mesos-overlay' && !named.has(Name))
      .map(({ Name }) => `network ${Name}`);
  }

  async close(): Promise<void> {
    this.trap.thaw();
    const errors: unknown[] = [];
    // The next file finds nothing of this one, also where something of it cannot be removed
    for (const close of this.closers) await close().catch(error => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}

/** The one line that the table of fault runs has for how a job ended. */
export function ending({ status }: JobRecord): string {
  const runs = `${status.runs.length} ${status.runs.length === 1 ? 'run' : 'runs'}`;
  return `${status.outcome ?? status.phase}, ${runs}`;
}
