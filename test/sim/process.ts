import { unusedPackages } from '../../controller/core/gc/packages.js';
import type { SwarmWorld } from '../../controller/core/model/world.js';
import { Controller } from '../../controller/loop/controller.js';
import { guardStateStore } from '../../controller/loop/effects/leader-guard.js';
import type { StateStoreWorld } from '../../controller/ports/state-store.js';
import type { FakeLeadership } from '../fakes/election.js';
import { Crash, type Effect, Gate } from './gate.js';
import { GatedImages, GatedOutputs, GatedPackages, GatedRegistry, GatedSwarm, type Reader } from './ports.js';
import type { SimWorld } from './world.js';

/** The loop's intervals, as the settings have them by default. */
export const RESYNC_MS = 2_000;
const IDLE_RESYNC_MS = 10_000;
const SECOND_LOOK_MS = 250;
/** A process that is stopped is stopped for longer than its session with ZooKeeper lasts. */
const STOPPED_MS = 15_000;

/** One controller process: it dies as a whole, and ticks when the loop would. */
export class Process {
  readonly leadership: FakeLeadership;
  readonly gate: Gate;
  /** What is in the lists that this process has read last, by list. */
  readonly #lists = new Map<'swarm' | 'stateStore' | 'outputs', readonly string[]>();
  readonly #controller: Controller;
  #dueAt = 0;
  #wokenAt = Number.POSITIVE_INFINITY;
  #busy = false;
  #stopped = false;
  #stopAtLook = false;

  constructor(
    readonly name: string,
    private readonly world: SimWorld,
  ) {
    this.leadership = world.election.campaign(name);
    this.gate = new Gate({
      begin: effect => {
        const { term } = this.leadership;
        if (term?.epoch !== world.election.epoch && !isForAnyController(effect, world)) {
          world.watch.violations.add(`${effect.verb} ${effect.target}: by a controller that does not lead`);
        }
        const struck = world.begin(effect);
        world.audience?.effect(this.name, effect, struck.kinds);
        return struck;
      },
      perform: (effect, act, late) =>
        world.watch.perform(effect, act, { seen: this.#seen(), late: late && 'stopped' }),
      later: (ticks, effect, act) => world.later(ticks, effect, { act, seen: this.#seen() }),
      sleep: ms => world.pause(ms),
      stop: () => this.#stop(),
      asked: request => world.audience?.effect(this.name, request, []),
      interfere: effect => world.senses.interfere(effect),
    });
    this.#controller = this.#wire();
  }

  /** In the middle of a tick. */
  get busy(): boolean {
    return this.#busy;
  }

  /** When its next tick is due. */
  get due(): number {
    return this.#busy ? Number.POSITIVE_INFINITY : Math.min(this.#dueAt, this.#wokenAt);
  }

  wake(): void {
    if (!this.#stopped) this.#wokenAt = Math.min(this.#wokenAt, this.world.senses.wakeAt());
  }

  /** It is stopped when it has looked the next time, and goes on with what it saw. */
  stopAtLook(): void {
    this.#stopAtLook = true;
  }

  tick(): void {
    const { world } = this;
    const woken = world.now() >= this.#wokenAt;
    this.#wokenAt = Number.POSITIVE_INFINITY;
    this.#busy = true;
    this.#controller
      .tick()
      .then(
        ({ ok, changed, open }) => {
          const regular = open > 0 || !ok ? RESYNC_MS : IDLE_RESYNC_MS;
          const next = changed ? 0 : woken && open > 0 ? SECOND_LOOK_MS : regular;
          this.#dueAt = Math.min(world.now() + next, world.senses.echo());
        },
        (error: unknown) => this.#died(error),
      )
      .finally(() => {
        this.#busy = false;
      });
  }

  #died(error: unknown): void {
    const { world } = this;
    if (error instanceof Crash) world.note(`${this.name} dies: ${error.message}`);
    else world.watch.violations.add(`bug: ${(error as Error).stack ?? String(error)}`);
    world.restart(this);
  }

  /** Stopped in the middle of an effect, for long enough that another controller leads when it goes on. */
  async #stop(): Promise<void> {
    this.#stopped = true;
    this.leadership.cut();
    this.world.note(`${this.name} is stopped`);
    await this.world.pause(STOPPED_MS);
    this.leadership.heal();
    this.#stopped = false;
    this.world.note(`${this.name} goes on`);
  }

  #wire(): Controller {
    const { world, gate, leadership } = this;
    const { runtime, manifests, installation } = world;
    // ZooKeeper checks the epoch with each write, when the write takes hold
    const stateStore = guardStateStore(world.stateStore, () => leadership.check());
    const reader: Reader = {
      read: async (port, look) => {
        const shown = await world.senses.read(port, look);
        if (this.#stopAtLook) {
          this.#stopAtLook = false;
          await this.#stop();
        }
        if (shown.ok) {
          const ids =
            port === 'swarm'
              ? inSwarm(shown.value as SwarmWorld)
              : inRegistry(shown.value as StateStoreWorld);
          this.#lists.set(port, ids);
        }
        return shown;
      },
      readAnew: (port, look) => world.senses.readAnew(port, look),
      stored: async look => {
        const stored = await world.senses.stored(look);
        this.#lists.set(
          'outputs',
          [...stored.keys()].map(run => `output ${run}`),
        );
        return stored;
      },
    };
    const ports = {
      swarm: new GatedSwarm(world.swarm, gate, reader),
      stateStore: new GatedRegistry(stateStore, gate, reader),
      outputs: new GatedOutputs(world.outputs, gate, reader),
      images: new GatedImages(world.images, gate),
      packages: new GatedPackages(world.packages, gate),
      runtime,
      manifests,
      leadership,
    };
    return new Controller({ ports, installation, report: () => {} });
  }

  #seen(): ReadonlySet<string> {
    return new Set([...this.#lists.values()].flat());
  }
}

/** Whoever is on the engine removes what serves a package that no run waits for. */
function isForAnyController({ verb, target }: Effect, world: SimWorld): boolean {
  const { cluster, stateStore, installation } = world;
  const records = [...stateStore.jobs.keys()].flatMap(key => stateStore.record(key) ?? []);
  const needed = cluster.packages.filter(
    one => !unusedPackages(cluster, records, installation).includes(one),
  );
  return verb === 'remove package' && !needed.some(({ id }) => id === target);
}

function inSwarm({ services, secrets, configs, packages }: SwarmWorld): readonly string[] {
  return [...services, ...secrets, ...configs, ...packages].map(({ id }) => id);
}

function inRegistry({ jobs, runIds }: StateStoreWorld): readonly string[] {
  return [...[...jobs.keys()].map(key => `job ${key}`), ...runIds.map(run => `run ${run}`)];
}
