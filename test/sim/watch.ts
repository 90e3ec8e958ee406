import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import type { Labels } from '../../controller/core/model/world.js';
import type { FakeAgents } from '../fakes/agents.js';
import type { FakeCluster } from '../fakes/cluster.js';
import type { FakeOutputs } from '../fakes/outputs.js';
import type { RunZnodesStore } from '../fakes/run-znodes.js';
import type { Effect } from './gate.js';
import { statusFaults } from './status-checks.js';

/** By whom an effect was decided. */
export interface Decided {
  /** Ids of what is ours in Swarm, `job KEY`, `run ID` and `output RUN`, in the lists that were read last. */
  readonly seen: ReadonlySet<string>;
  /** It takes hold so late that the world may have moved on: it was under way, or its sender was stopped. */
  readonly late?: 'in flight' | 'stopped' | undefined;
}

export interface Watched {
  readonly cluster: FakeCluster;
  readonly stateStore: RunZnodesStore;
  readonly outputs: FakeOutputs;
  readonly agents: FakeAgents;
}

/** Looks at every effect as it takes hold, and at the world after every step. It believes nothing that the product says of itself. */
export class Watch {
  readonly violations = new Set<string>();
  /** How often what was made and removed, by kind; what was there already or was gone is not counted. */
  readonly summary = new Map<string, number>();
  /** Every record as it is stored now. */
  readonly records = new Map<string, JobRecord>();
  /** Of all jobs that ever had a record: their uid, and the job it means. */
  readonly uids = new Map<string, string>();
  /** Told of each stored record. */
  onRecord: (record: JobRecord, before: JobRecord | undefined) => void = () => {};
  readonly #taken: JobRecord[] = [];
  #starts = 0;

  constructor(private readonly world: Watched) {}

  /**
   * Lets an effect take hold and judges it.
   * @param by what the controller that asked for it had read last, and whether it comes late.
   */
  async perform<T>(effect: Effect, act: () => Promise<T>, by: Decided): Promise<T> {
    const before = this.#exists(effect);
    if (effect.verb.startsWith('remove') && before) this.#judgeRemoval(effect, by.seen);
    const done = await act();
    if (effect.verb === 'write job' || effect.verb === 'remove job') this.noteRecord(effect.target);
    const after = this.#exists(effect);
    // Swarm knows no epochs: what comes late is made, and swept. From a leader that was stopped ZooKeeper takes nothing
    const answers = !by.late || (by.late === 'stopped' && /^create (run|start)$/.test(effect.verb));
    if (answers && !before && after) this.#judgeCreation(effect);
    if (before !== after) this.summary.set(effect.verb, (this.summary.get(effect.verb) ?? 0) + 1);
    return done;
  }

  /** At most one mpirun an attempt, and never two at once for one job. */
  step(): void {
    const { ledger, alive } = this.world.agents;
    if (ledger.length === this.#starts) return;
    this.#starts = ledger.length;
    const runs = ledger.map(({ run }) => run);
    const twice = runs.find((run, at) => runs.indexOf(run) !== at);
    if (twice) this.violations.add(`mpirun was started twice for run ${twice}`);
    const uids = [...alive].map(({ run }) => run.slice(0, run.lastIndexOf('-')));
    const both = uids.find((uid, at) => uids.indexOf(uid) !== at);
    if (both) this.violations.add(`two mpirun of ${both} are alive at once`);
  }

  #judgeCreation({ verb, target }: Effect): void {
    if (!/^create (secret|config|service|run|start)$/.test(verb)) return;
    if (verb === 'create service' && target.startsWith('mpiswarm-agent-')) return;
    const owner = [...this.records.values(), ...this.#taken].some(({ status }) =>
      status.runs.some(
        ({ id, outcome }) => outcome === undefined && (target === id || target.startsWith(`${id}-`)),
      ),
    );
    if (!owner) this.violations.add(`${verb} ${target}: no stored record accounts for it`);
  }

  /** A job's own record says that this is of one of its runs. */
  #isListed(run: string): boolean {
    return [...this.records.values()].some(({ status }) => status.runs.some(({ id }) => id === run));
  }

  #judgeRemoval(effect: Effect, seen: ReadonlySet<string>): void {
    const { verb, target } = effect;
    const labels = this.#labelsOf(effect);
    // Labels may go between the read and the removal, which goes by id: what counts is what was read
    const read = seen.has(target) || seen.has(`${verb.slice('remove '.length)} ${target}`);
    if (!read && !(verb === 'remove output' && this.#isListed(target)))
      this.violations.add(`${verb} ${target}: it was not read before as ours`);
    const run = verb === 'remove run' ? target : labels?.[LABEL.run];
    if (run !== undefined && (verb === 'remove run' || verb === 'remove service')) {
      this.#judgeEnd(effect, run);
    }
  }

  /** Nothing that an mpirun needs goes before the record says that its run has ended. */
  #judgeEnd({ verb, target }: Effect, run: string): void {
    if (![...this.world.agents.alive].some(start => start.run === run)) return;
    const stored = [...this.records.values()]
      .flatMap(({ status }) => status.runs)
      .find(({ id }) => id === run);
    if (stored && stored.outcome === undefined) {
      this.violations.add(`${verb} ${target}: mpirun of ${run} is alive, and its run has no outcome`);
    }
  }

  /** To be called when another client removed a record: what follows from it may be under way. */
  takeRecord(key: string): void {
    const record = this.records.get(key);
    if (record) this.#taken.push(record);
    this.noteRecord(key);
  }

  /** To be called when a record may have changed. */
  noteRecord(key: string): void {
    const record = this.world.stateStore.record(key);
    const before = this.records.get(key);
    if (!record) {
      this.records.delete(key);
      return;
    }
    if (before === record) return;
    this.records.set(key, record);
    const same = [...this.uids.values()].filter(name => name.startsWith(`${key}.`));
    if (!this.uids.has(record.uid)) this.uids.set(record.uid, `${key}.${same.length + 1}`);
    for (const fault of statusFaults(before, record)) this.violations.add(fault);
    this.onRecord(record, before);
  }

  #labelsOf({ verb, target }: Effect): Labels | undefined {
    const { services, secrets, configs, packages } = this.world.cluster;
    switch (verb) {
      case 'remove service':
        return services.find(({ id }) => id === target)?.spec.labels;
      case 'remove secret':
        return secrets.find(({ id }) => id === target)?.labels;
      case 'remove config':
        return configs.find(({ id }) => id === target)?.labels;
      case 'remove package':
        return packages.find(({ id }) => id === target)?.labels;
      default:
        return undefined;
    }
  }

  #exists({ verb, target }: Effect): boolean {
    const { cluster, stateStore, outputs } = this.world;
    const named = (items: readonly { readonly id: string; readonly name: string }[]) =>
      items.some(({ id, name }) => id === target || name === target);
    switch (verb) {
      case 'create network':
      case 'remove network':
        return named(cluster.networks);
      case 'create secret':
      case 'remove secret':
        return named(cluster.secrets);
      case 'create config':
      case 'remove config':
        return named(cluster.configs);
      case 'create service':
      case 'remove service':
        return cluster.services.some(({ id, spec }) => id === target || spec.name === target);
      case 'remove package':
        return named(cluster.packages);
      case 'create run':
      case 'remove run':
        return stateStore.runs.has(target);
      case 'create start':
        return stateStore.runs.get(target)?.start !== undefined;
      case 'create stop':
        return stateStore.runs.get(target)?.stop === true;
      case 'store output':
      case 'remove output':
        return outputs.runs.has(target);
      case 'attach zookeeper':
        return cluster.zooKeeperNetworks?.includes(target) === true;
      case 'write job':
      case 'remove job':
        return stateStore.jobs.has(target);
      default:
        throw new Error(`no effect is called ${verb}`);
    }
  }
}
