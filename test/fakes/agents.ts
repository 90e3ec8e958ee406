import type { MPIJob } from '../../controller/api/types/mpijob.js';
import { processes } from '../../controller/core/desired/mpirun.js';
import { LABEL } from '../../controller/core/model/names.js';
import { expectedWorker } from '../../controller/core/run/rank-placement.js';
import { given } from '../../controller/shared/given.js';
import { hostfile } from '../../controller/shared/protocol/hostfile.js';
import type { RankRecord } from '../../controller/shared/protocol/program-records.js';
import {
  AGENT_ENV,
  PATHS,
  type Placement,
  type RunResult,
  type RunSpec,
} from '../../controller/shared/protocol/protocol.js';
import { groupAt } from '../../controller/shared/protocol/run-groups.js';
import type { FakeCluster, FakeTask, StoredService } from './cluster.js';
import type { RunZnodes, RunZnodesStore } from './run-znodes.js';

/** What a job's program does. */
export interface Program {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Ranks by worker index; absent, they are where they belong. */
  readonly placements?: readonly { readonly worker: number; readonly ranks: readonly number[] }[];
  /** What its ranks say of themselves, by rank; absent, nothing. */
  readonly ranks?: Readonly<Record<number, RankRecord>>;
  /** It goes on until it is asked to stop. */
  readonly endless?: boolean;
  /** Else it goes on for so long, or until it is asked to stop; absent, it has ended as soon as anybody looks. */
  readonly lastsMs?: number;
  /** How long it takes to end when it is asked to. */
  readonly stopMs?: number;
  /** How mpirun ends by itself when a worker's container is gone; absent, it does not notice. */
  readonly onLoss?: { readonly exitCode: number; readonly stderr?: string };
}

interface Container {
  readonly task: FakeTask;
  readonly service: StoredService;
  readonly spec: RunSpec;
  readonly znodes: RunZnodes;
}

/** One start of mpirun. */
export interface Start {
  readonly job: string;
  readonly run: string;
  readonly task: string;
}

/** The agents of all containers; {@link FakeAgents.step} lets each do the next thing it would do. */
export class FakeAgents {
  /** One entry for each start of mpirun that ever was. */
  readonly ledger: Start[] = [];
  /** Those of the ledger whose mpirun has not ended. */
  readonly alive = new Set<Start>();
  /** By `namespace/name`; a job that is not in it succeeds without a word. */
  readonly programs = new Map<string, Program | ((spec: RunSpec) => Program)>();
  /** Workers that SSH does not reach, and why. */
  readonly sshErrors = new Map<number, string>();
  /** Of mpirun that has ended, by the task of its container. */
  readonly #exits = new Map<string, number>();
  /** When mpirun was started, and when it was asked to end, by the task of its container. */
  readonly #began = new Map<string, number>();
  readonly #asked = new Map<string, number>();
  readonly #wrote = new Set<string>();
  /** When ZooKeeper answered last, and who ended the command for its silence, by the task of the container. */
  readonly #heard = new Map<string, number>();
  readonly #killed = new Set<string>();
  /** What every worker lacks. */
  fault: string | undefined;

  constructor(
    private readonly cluster: FakeCluster,
    private readonly stateStore: RunZnodesStore,
    private readonly now: () => number,
  ) {}

  /**
   * @param zooKeeperAway no agent reaches ZooKeeper; programs go on all the same.
   * @returns whether anything moved.
   */
  step(zooKeeperAway = false): boolean {
    this.#bury();
    const alone = this.#endAlone(zooKeeperAway) || this.#falterAlone(zooKeeperAway);
    return zooKeeperAway ? alone : this.#reconnected() || alone;
  }

  #reconnected(): boolean {
    const containers = this.#containers();
    let moved = this.#expire(containers);
    moved = this.#leave() || moved;
    moved = this.#orphans() || moved;
    for (const container of containers) {
      if (rolesOf(container).includes('worker')) moved = this.#register(container) || moved;
    }
    for (const container of containers) {
      if (rolesOf(container).includes('launcher')) moved = this.#lead(container) || moved;
    }
    return moved;
  }

  #containers(): readonly Container[] {
    return this.#running().flatMap(task => {
      const service = this.cluster.serviceOf(task);
      const spec = this.#specOf(task);
      const znodes = spec && this.stateStore.runs.get(spec.run);
      return service && spec && znodes ? [{ task, service, spec, znodes }] : [];
    });
  }

  /** Containers that run, on nodes that are heard of, and are not being stopped. */
  #running(): readonly FakeTask[] {
    const lost = new Set(this.cluster.nodes.filter(node => !node.reachable).map(({ id }) => id));
    return this.cluster.tasks.filter(
      ({ state, desired, node }) => state === 'running' && desired !== 'remove' && !lost.has(node ?? ''),
    );
  }

  /** A launcher that may not go on for long without ZooKeeper ends its command. */
  #falterAlone(zooKeeperAway: boolean): boolean {
    let moved = false;
    for (const start of this.alive) {
      const task = this.cluster.tasks.find(({ id }) => id === start.task);
      if (!task) continue;
      if (!zooKeeperAway && this.cluster.isHeardOf(task)) this.#heard.set(task.id, this.now());
      const spec = this.#specOf(task);
      const { unreachableSeconds: seconds } = spec ?? {};
      const quietMs = this.now() - (this.#heard.get(task.id) ?? this.#began.get(task.id) ?? 0);
      if (!spec || seconds === undefined || quietMs <= seconds * 1_000) continue;
      if (this.#askedFor(task) < (this.#programOf(spec).stopMs ?? 0)) continue;
      this.#killed.add(task.id);
      this.alive.delete(start);
      moved = true;
    }
    return moved;
  }

  /** mpirun ends with its container; what Swarm says of one on a node that it does not hear of proves nothing. */
  #bury(): void {
    for (const start of this.alive) {
      const task = this.cluster.tasks.find(({ id }) => id === start.task);
      if (task?.state !== 'running' && task?.state !== 'orphaned') this.alive.delete(start);
    }
  }

  /** What has no ZooKeeper runs on, and comes to its own end; its agent says so when it can. */
  #endAlone(zooKeeperAway: boolean): boolean {
    let moved = false;
    for (const start of this.alive) {
      const task = this.cluster.tasks.find(({ id }) => id === start.task);
      if (!task || (!zooKeeperAway && this.cluster.isHeardOf(task))) continue;
      const spec = this.#specOf(task);
      if (!spec || !this.#isOver(this.#programOf(spec), task)) continue;
      this.alive.delete(start);
      moved = true;
    }
    return moved;
  }

  /** When mpirun has ended, so does its container, whether or not its result is still there. */
  #leave(): boolean {
    const leaving = this.#running().filter(({ id }) => this.#exits.has(id));
    for (const task of leaving) this.cluster.end(task, this.#exits.get(task.id) ?? 0);
    return leaving.length > 0;
  }

  /** A program whose run has no znodes any more ends as it would; its agent then has nowhere to say so. */
  #orphans(): boolean {
    let moved = false;
    for (const start of this.alive) {
      const task = this.#running().find(({ id }) => id === start.task);
      const spec = task && this.#specOf(task);
      if (!task || !spec || this.stateStore.runs.has(start.run)) continue;
      const program = this.#programOf(spec);
      if (!this.#isOver(program, task)) continue;
      const { exitCode = 0 } = program;
      this.alive.delete(start);
      this.cluster.end(task, exitCode);
      moved = true;
    }
    return moved;
  }

  #specOf(task: FakeTask): RunSpec | undefined {
    const file = this.cluster.serviceOf(task)?.spec.configs.find(ref => ref.target === PATHS.runSpec);
    const config = this.cluster.configs.find(one => one.name === file?.name);
    return config && (JSON.parse(config.content) as RunSpec);
  }

  #programOf(spec: RunSpec): Program {
    const program = this.programs.get(spec.job) ?? {};
    return typeof program === 'function' ? program(spec) : program;
  }

  /** Ephemeral znodes go with their containers. */
  #expire(containers: readonly Container[]): boolean {
    const alive = new Set(containers.map(({ task }) => task.id));
    let moved = false;
    for (const znodes of this.stateStore.runs.values()) {
      for (const [index, { task }] of znodes.registrations) {
        if (!alive.has(task)) moved = znodes.registrations.delete(index) || moved;
      }
      if (znodes.launcher && !alive.has(znodes.launcher.task)) {
        znodes.launcher = undefined;
        moved = true;
      }
    }
    return moved;
  }

  #register(container: Container): boolean {
    const { task, znodes, spec } = container;
    const { registrations } = znodes;
    const index = task.slot - 1 + Number(container.service.spec.env[AGENT_ENV.firstIndex]);
    if (registrations.get(index)?.task === task.id || !this.#hasPackage(container)) return false;
    registrations.set(index, {
      index,
      task: task.id,
      ...this.#place(container),
      port: spec.sshPort,
      slots: groupAt(spec, index)?.slots ?? spec.slotsPerWorker,
      resources: {},
      mpirun: 'mpirun (Open MPI) 5.0.7',
      ...(this.fault === undefined ? {} : { fault: this.fault }),
    });
    return true;
  }

  /** It is fetched from the container that serves it. */
  #hasPackage({ spec, service }: Container): boolean {
    if (!spec.package) return true;
    const server = this.cluster.packages.find(({ name }) => name === spec.package?.host);
    return (
      server?.serves === true && server.networks.some(network => service.spec.networks.includes(network))
    );
  }

  #lead(container: Container): boolean {
    const { task, znodes, spec } = container;
    const { registrations, launcher, claim, result } = znodes;
    // Another launcher that somebody made may report too: mpirun goes on beside it
    const claimed = claim?.task === task.id;
    if (!launcher || (launcher.task !== task.id && !claimed)) {
      znodes.launcher = { task: task.id, ...this.#place(container), ssh: {} };
      return true;
    }
    if (claimed) return result ? false : this.#mpirun(container);
    const wrongKey = this.#wrongKey(spec);
    const proofs = [...registrations.values()].map(({ index, address, task: worker }) => {
      const error = this.sshErrors.get(index) ?? wrongKey;
      const ok = { ok: true, address, task: worker } as const;
      return [index, error === undefined ? ok : ({ ...ok, ok: false, error, tries: 1 } as const)] as const;
    });
    const ssh = Object.fromEntries(proofs);
    if (JSON.stringify(launcher.ssh) !== JSON.stringify(ssh)) {
      znodes.launcher = { ...launcher, ssh };
      return true;
    }
    const text = hostfile([...registrations.values()]);
    if (registrations.size < spec.workers || proofs.some(([, proof]) => !proof.ok)) return false;
    if (launcher.hostfile !== text) {
      znodes.launcher = { ...launcher, hostfile: text };
      return true;
    }
    if (claim || znodes.stop || znodes.start?.hostfile !== text) return false;
    const workers = [...registrations.values()].sort((a, b) => a.index - b.index).map(one => one.task);
    znodes.claim = { task: task.id, workers, nonce: `nonce of ${task.id}`, startedAt: this.now() };
    this.#began.set(task.id, this.now());
    const start = { job: spec.job, run: spec.run, task: task.id };
    this.ledger.push(start);
    this.alive.add(start);
    return true;
  }

  /** Both sides take it from the run's config whose key is the right one. */
  #wrongKey({ run, hostPublicKey, clientPublicKey }: RunSpec): string | undefined {
    const keyOf = (role: string) =>
      this.cluster.secrets.find(({ name }) => name === `${run}-${role}`)?.labels[LABEL.publicKey];
    if (keyOf('worker') !== hostPublicKey) return 'host key verification failed';
    return keyOf('launcher') === clientPublicKey ? undefined : 'permission denied (publickey)';
  }

  #mpirun({ task, service, znodes, spec }: Container): boolean {
    const workers = znodes.claim?.workers ?? [];
    const wanted = this.#programOf(spec);
    const alone = workers.some(
      id => !this.cluster.tasks.some(one => one.id === id && one.state === 'running'),
    );
    const program = alone && wanted.onLoss ? wanted.onLoss : wanted;
    const {
      exitCode = 0,
      stdout = '',
      stderr = '',
      placements = rightPlaces(spec),
      ranks = {},
      lastsMs = 0,
      stopMs = 0,
    }: Program = program;
    for (const { worker, ranks } of placements) {
      const reported: Placement = { worker, ranks, task: workers[worker] ?? task.id };
      znodes.placements.set(worker, reported);
    }
    for (const [rank, record] of Object.entries(ranks)) znodes.ranks.set(Number(rank), record);
    const killed = this.#killed.has(task.id);
    const over = !killed && this.#isOver(program, task);
    const asked = znodes.stop || task.desired === 'shutdown';
    const goesOn = !killed && !over && !(asked && this.#askedFor(task) >= stopMs);
    // What lasts writes long before it ends: who kills it does not undo that
    if (!this.#wrote.has(task.id) && (lastsMs > 0 || !goesOn)) {
      this.#wrote.add(task.id);
      this.cluster.write(service.id, 'stdout', stdout);
      this.cluster.write(service.id, 'stderr', stderr);
    }
    if (goesOn) return false;
    const startedAt = znodes.claim?.startedAt ?? 0;
    const askedBy: RunResult['askedBy'] = killed
      ? 'silence'
      : task.desired === 'shutdown'
        ? 'engine'
        : undefined;
    const ended = over ? { exitCode } : { exitCode: 143, signal: 'SIGTERM', ...given({ askedBy }) };
    this.#exits.set(task.id, ended.exitCode);
    znodes.result = {
      task: task.id,
      ...ended,
      startedAt,
      endedAt: this.now(),
      stdoutBytes: stdout.length,
      stderrBytes: stderr.length,
      tail: stderr || stdout,
    };
    for (const start of this.alive) if (start.task === task.id) this.alive.delete(start);
    return true;
  }

  /** It has come to its own end. */
  #isOver({ endless = false, lastsMs = 0 }: Program, { id }: FakeTask): boolean {
    return !endless && this.now() >= (this.#began.get(id) ?? 0) + lastsMs;
  }

  /** For how long it has been known that it shall stop. */
  #askedFor({ id }: FakeTask): number {
    const since = this.#asked.get(id) ?? this.now();
    this.#asked.set(id, since);
    return this.now() - since;
  }

  #place({ task, service, znodes }: Container) {
    const network = this.cluster.networks.find(one => service.spec.networks.includes(one.name));
    const hostname = this.cluster.nodes.find(node => node.id === task.node)?.hostname ?? '';
    const node = { id: task.node ?? '', hostname, ...znodes.directory.nodes[task.node ?? ''] };
    return { address: task.addresses[network?.id ?? ''] ?? '', node };
  }
}

/** Roles of the agent in a container. */
function rolesOf({ service }: Container): readonly string[] {
  return (service.spec.env[AGENT_ENV.roles] ?? '').split(',');
}

/** All ranks where mpirun puts them when it fills the hostfile in order. */
function rightPlaces(
  spec: RunSpec,
): readonly { readonly worker: number; readonly ranks: readonly number[] }[] {
  const groups = spec.groups?.map(({ workers: replicas, ...group }) => ({ ...group, replicas }));
  const workers = { replicas: spec.workers, slots: spec.slotsPerWorker, groups };
  const job = { spec: { mpi: {}, workers } } as unknown as MPIJob;
  const ranks = Array.from({ length: processes(job) }, (_, rank) => rank);
  const of = (worker: number) => ranks.filter(rank => expectedWorker(job, rank) === worker);
  return Array.from({ length: spec.workers }, (_, worker) => ({ worker, ranks: of(worker) }));
}
