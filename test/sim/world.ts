import type { Installation } from '../../controller/core/model/specs.js';
import { FakeAgents } from '../fakes/agents.js';
import { FakeCluster } from '../fakes/cluster.js';
import { Effects } from '../fakes/effects.js';
import { FakeElection } from '../fakes/election.js';
import { FakeImages } from '../fakes/images.js';
import { FakeManifests } from '../fakes/manifests.js';
import { FakeOutputs } from '../fakes/outputs.js';
import { FakePackages } from '../fakes/packages.js';
import { RunZnodesStore } from '../fakes/run-znodes.js';
import { FakeRuntime } from '../fakes/runtime.js';
import { FakeSwarm } from '../fakes/swarm.js';
import { INSTALLATION } from '../loop/scene.js';
import { Agenda } from './clock.js';
import { change, isEffectFault } from './faults.js';
import type { Effect } from './gate.js';
import { momentsOf } from './moments.js';
import type { Fault } from './plan.js';
import { Process } from './process.js';
import { Senses } from './senses.js';
import { History } from './views.js';
import { Watch } from './watch.js';

/** The world moves in steps of this length. */
const STEP_MS = 100;
/** Containers take longer to stop than to be forgotten by the engine's lists. */
const STOP_STEPS = 3;

/** Hears of all that happens, as it happens. */
export interface Audience {
  /** The n-th tick of all begins, of the controller of that name. */
  tick(n: number, by: string): void;
  effect(by: string, effect: Effect, struckBy: readonly string[]): void;
  /** A fault, an act of people, or what becomes of a controller. */
  note(words: string): void;
}

type Histories = Readonly<Record<'swarm' | 'stateStore' | 'outputs', History<unknown>>>;

/** Everything around a controller, the controllers, and the faults that strike: all in memory and in virtual time. */
export class SimWorld {
  readonly runtime = new FakeRuntime();
  readonly cluster = new FakeCluster(() => this.runtime.now());
  readonly swarm = new FakeSwarm(this.cluster, new Effects());
  readonly images = new FakeImages(() => this.runtime.now());
  readonly packages = new FakePackages(this.cluster, new Effects(), () => this.runtime.now());
  readonly stateStore = new RunZnodesStore(new Effects());
  readonly outputs = new FakeOutputs(new Effects(), () => this.runtime.now());
  readonly manifests = new FakeManifests();
  readonly election = new FakeElection(() => this.runtime.now());
  readonly agents = new FakeAgents(this.cluster, this.stateStore, () => this.runtime.now());
  readonly agenda = new Agenda(this.runtime);
  readonly watch = new Watch(this);
  readonly senses = new Senses(this);
  /** Effects, ticks, faults and phases, in order; what is printed of a plan that fails. */
  readonly trace: string[] = [];
  audience: Audience | undefined;
  readonly started = this.runtime.now();
  effects = 0;
  ticks = 0;
  crashes = 0;
  /** When the last fault struck or ended. */
  calmSince = this.runtime.now();
  /** What each port showed, for those that are to see it again. */
  readonly histories: Histories;
  #open: Fault[];
  #next: string[] = [];
  #processes: Process[] = [];

  constructor(
    faults: readonly Fault[],
    readonly installation: Installation = INSTALLATION,
  ) {
    this.#open = [...faults];
    const remembers = faults.some(({ kind }) => /stale|rewind/.test(kind));
    this.histories = {
      swarm: new History(remembers),
      stateStore: new History(remembers),
      outputs: new History(remembers),
    };
    this.cluster.stopSteps = STOP_STEPS;
    for (const name of ['n1', 'n2', 'n3']) this.cluster.addNode(name);
    this.watch.onRecord = (record, before) => {
      const known = before ? momentsOf(before) : [];
      const now = momentsOf(record).filter(moment => !known.includes(moment));
      if (now.length === 0) return;
      this.#log(`${record.key} ${now.join(' ')}${record.status.outcome ? ` ${record.status.reason}` : ''}`);
      this.agenda.in(0, () => this.#fire(({ at }) => at.on === 'phase' && now.includes(at.phase)));
    };
    this.#start('first');
    if (faults.some(({ kind }) => kind.startsWith('pause'))) this.#start('second');
  }

  /** Faults that have not struck yet. */
  get pending(): readonly Fault[] {
    return this.#open;
  }

  /** The controller that leads, or is about to. */
  get first(): Process {
    const [process] =
      this.#processes.filter(({ leadership }) => leadership === this.election.line[0]) ?? this.#processes;
    const found = process ?? this.#processes[0];
    if (!found) throw new Error('there is no controller');
    return found;
  }

  /** Nothing strikes any more. */
  spare(): void {
    this.#open = [];
    this.#next = [];
  }

  now(): number {
    return this.runtime.now();
  }

  note(words: string): void {
    this.#log(words);
    this.audience?.note(words);
  }

  #log(words: string): void {
    this.trace.push(`${((this.now() - this.started) / 1_000).toFixed(1)} s ${words}`);
  }

  /** Disturbances count until they end. */
  disturbed(ms: number): void {
    this.calmSince = Math.max(this.calmSince, this.now() + ms);
  }

  /** A controller process is gone, and another one starts; its session with ZooKeeper ends with it. */
  restart(process: Process = this.first): void {
    process.gate.kill();
    this.crashes += 1;
    this.images.forget();
    this.packages.forget();
    this.election.remove(process.leadership);
    this.#processes = this.#processes.filter(one => one !== process);
    this.#start(`restarted ${this.crashes}`);
  }

  /** Time passes by one step or until something is due, and controllers tick if they have reason to. */
  async round(): Promise<void> {
    const moved = this.#step();
    const due = this.#processes.filter(process => process.due <= this.now());
    for (const process of due) {
      this.ticks += 1;
      this.audience?.tick(this.ticks, process.name);
      this.#fire(({ at }) => at.on === 'tick' && at.n === this.ticks);
      process.tick();
    }
    // A tick in which time has passed lets other work have its turn, which is all that it waits for outside virtual time
    const ticking = this.#processes.some(({ busy }) => busy);
    if (moved || ticking) await new Promise(resolve => setImmediate(resolve));
    else this.#skip();
  }

  wake(): void {
    for (const process of this.#processes) process.wake();
  }

  /** ZooKeeper does not hear of any controller. */
  cut(): void {
    for (const { leadership } of this.#processes) leadership.cut();
  }

  heal(): void {
    for (const { leadership } of this.#processes) leadership.heal();
  }

  /** Some faults are not over. */
  get disturbing(): boolean {
    return this.agenda.open || this.senses.stale || this.#processes.some(({ busy }) => busy);
  }

  #skip(): void {
    const dues = this.#processes.map(({ due }) => due);
    const at = Math.min(...dues, this.agenda.next ?? Number.POSITIVE_INFINITY) - STEP_MS;
    if (at > this.now()) this.runtime.advance(at - this.now());
  }

  #step(): boolean {
    this.runtime.advance(STEP_MS);
    this.election.settle();
    const happened = this.agenda.due(this.ticks);
    const images = this.images.step();
    const packages = this.packages.step();
    const cluster = this.cluster.step();
    // Nothing of what agents do gets through while ZooKeeper is away
    const agents = this.agents.step(this.senses.zooKeeperAway);
    this.watch.step();
    const moved = happened || images || packages || cluster || agents;
    if (moved) this.wake();
    return moved;
  }

  #fire(strikes: (fault: Fault) => boolean): void {
    const now = this.#open.filter(strikes);
    this.#open = this.#open.filter(fault => !now.includes(fault));
    for (const { kind } of now) {
      if (isEffectFault(kind)) this.#next.push(kind);
      else this.#change(kind);
    }
  }

  #change(kind: string): void {
    this.note(`fault: ${kind}`);
    this.disturbed(0);
    change(kind, this);
    this.wake();
  }

  #start(name: string): void {
    this.#processes.push(new Process(name, this));
  }

  /** Numbers an effect, and says which faults strike it. */
  begin(effect: Effect): { readonly n: number; readonly kinds: readonly string[] } {
    this.effects += 1;
    const n = this.effects;
    this.#fire(({ at }) => at.on === 'effect' && at.n === n);
    const kinds = [...this.senses.outage(effect), ...this.#next];
    if (this.#next.length > 0) this.disturbed(0);
    this.#next = [];
    this.#log(`e${n} ${effect.verb} ${effect.target}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}`);
    return { n, kinds };
  }

  /** An effect that takes hold so many ticks later, when no caller waits for it any more. */
  later(
    ticks: number,
    effect: Effect,
    { act, seen }: { readonly act: () => Promise<unknown>; readonly seen: ReadonlySet<string> },
  ): void {
    this.disturbed(0);
    this.agenda.atTick(this.ticks + ticks, () => {
      this.note(`late: ${effect.verb} ${effect.target}`);
      this.disturbed(0);
      this.watch
        .perform(effect, act, { seen, late: 'in flight' })
        .catch(() => this.note('late: it has no effect'));
    });
  }

  /** Virtual time passes while the caller waits. */
  pause(ms: number): Promise<void> {
    this.disturbed(ms);
    return new Promise(resolve => this.agenda.in(ms, resolve));
  }
}
