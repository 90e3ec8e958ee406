import type { JobRecord } from '../../controller/core/model/record.js';
import type { NetworkSpec, PackageWant, ServiceSpec } from '../../controller/core/model/specs.js';
import type {
  Delivery,
  ImageState,
  Labels,
  Reservation,
  Seen,
  SwarmWorld,
} from '../../controller/core/model/world.js';
import type { Images, ImageWant } from '../../controller/ports/images.js';
import type { ControllerView } from '../../controller/ports/leadership.js';
import type { OutputChunk, OutputStore } from '../../controller/ports/output-store.js';
import type { Packages } from '../../controller/ports/packages.js';
import type { StateStore, StateStoreWorld } from '../../controller/ports/state-store.js';
import type { Swarm } from '../../controller/ports/swarm.js';
import type { RunDirectory } from '../../controller/shared/protocol/program-records.js';
import type { StartToken } from '../../controller/shared/protocol/protocol.js';
import {
  configWords,
  directoryWords,
  hostfileWords,
  labelWords,
  networkWords,
  serviceWords,
} from './effect-words.js';
import type { Gate } from './gate.js';

export type Stored = Awaited<ReturnType<OutputStore['stored']>>;

/** Reads that may be disturbed: each answers what it is given, or something else. */
export interface Reader {
  read<T>(port: 'swarm' | 'stateStore', look: () => Promise<Seen<T>>): Promise<Seen<T>>;
  /** What is never old, and may be unreadable. */
  readAnew<T>(port: 'swarm' | 'stateStore', look: () => Promise<Seen<T>>): Promise<Seen<T>>;
  stored(look: () => Promise<Stored>): Promise<Stored>;
}

/** The `Swarm` port of one controller process. */
export class GatedSwarm implements Swarm {
  constructor(
    private readonly inner: Swarm,
    private readonly gate: Gate,
    private readonly reader: Reader,
  ) {}

  observe(): Promise<Seen<SwarmWorld>> {
    this.gate.check('look at the swarm');
    return this.reader.read('swarm', () => this.inner.observe());
  }

  reservations(): Promise<Seen<readonly Reservation[]>> {
    this.gate.check('look at reservations');
    return this.reader.readAnew('swarm', () => this.inner.reservations());
  }

  createNetwork(spec: NetworkSpec): Promise<void> {
    return this.#do(
      'create network',
      spec.name,
      () => this.inner.createNetwork(spec),
      () => networkWords(spec),
    );
  }

  createSecret(name: string, content: string, labels: Labels): Promise<void> {
    return this.#do(
      'create secret',
      name,
      () => this.inner.createSecret(name, content, labels),
      () => labelWords(labels),
    );
  }

  createConfig(name: string, content: string, labels: Labels): Promise<void> {
    return this.#do(
      'create config',
      name,
      () => this.inner.createConfig(name, content, labels),
      () => configWords(content),
    );
  }

  createService(spec: ServiceSpec): Promise<void> {
    return this.#do(
      'create service',
      spec.name,
      () => this.inner.createService(spec),
      () => serviceWords(spec),
    );
  }

  removeService(id: string): Promise<void> {
    return this.#do('remove service', id, () => this.inner.removeService(id));
  }

  removeSecret(id: string): Promise<void> {
    return this.#do('remove secret', id, () => this.inner.removeSecret(id));
  }

  removeConfig(id: string): Promise<void> {
    return this.#do('remove config', id, () => this.inner.removeConfig(id));
  }

  removeNetwork(id: string): Promise<void> {
    return this.#do('remove network', id, () => this.inner.removeNetwork(id));
  }

  attachZooKeeper(network: string): Promise<void> {
    return this.#do('attach zookeeper', network, () => this.inner.attachZooKeeper(network));
  }

  output(serviceId: string): AsyncIterable<OutputChunk> {
    this.gate.check('read output');
    return this.inner.output(serviceId);
  }

  onChange(): void {}

  async close(): Promise<void> {}

  #do(verb: string, target: string, act: () => Promise<void>, detail?: () => string): Promise<void> {
    return this.gate.effect({ verb, target, ...(detail ? { detail } : {}) }, act);
  }
}

/** The `Registry` port of one controller process. */
export class GatedRegistry implements StateStore {
  constructor(
    private readonly inner: StateStore,
    private readonly gate: Gate,
    private readonly reader: Reader,
  ) {}

  observe(runs: readonly string[]): Promise<Seen<StateStoreWorld>> {
    this.gate.check('look at the registry');
    return this.reader.read('stateStore', () => this.inner.observe(runs));
  }

  records(): Promise<Seen<readonly JobRecord[]>> {
    this.gate.check('read records anew');
    return this.reader.readAnew('stateStore', () => this.inner.records());
  }

  createId(id: string): Promise<void> {
    return this.#do('create id', id, () => this.inner.createId(id));
  }

  writeJob(record: JobRecord, version: number | undefined): Promise<number> {
    return this.gate.effect({ verb: 'write job', target: record.key }, () =>
      this.inner.writeJob(record, version),
    );
  }

  removeJob(key: string, version: number): Promise<void> {
    return this.#do('remove job', key, () => this.inner.removeJob(key, version));
  }

  createRun(run: string, directory: RunDirectory): Promise<void> {
    return this.#do(
      'create run',
      run,
      () => this.inner.createRun(run, directory),
      () => directoryWords(directory),
    );
  }

  createStart(run: string, token: StartToken): Promise<void> {
    return this.#do(
      'create start',
      run,
      () => this.inner.createStart(run, token),
      () => hostfileWords(token),
    );
  }

  createStop(run: string): Promise<void> {
    return this.#do('create stop', run, () => this.inner.createStop(run));
  }

  removeRun(run: string): Promise<void> {
    return this.#do('remove run', run, () => this.inner.removeRun(run));
  }

  controllers(): Promise<Seen<readonly ControllerView[]>> {
    return this.inner.controllers();
  }

  credential(run: string): string {
    return this.inner.credential(run);
  }

  onChange(): void {}

  async close(): Promise<void> {}

  #do(verb: string, target: string, act: () => Promise<void>, detail?: () => string): Promise<void> {
    return this.gate.effect({ verb, target, ...(detail ? { detail } : {}) }, act);
  }
}

/** The `OutputStore` port of one controller process. */
export class GatedOutputs implements OutputStore {
  constructor(
    private readonly inner: OutputStore,
    private readonly gate: Gate,
    private readonly reader: Reader,
  ) {}

  stored(): Promise<Stored> {
    this.gate.check('list stored output');
    return this.reader.stored(() => this.inner.stored());
  }

  async store(run: string, chunks: AsyncIterable<OutputChunk>): Promise<'stored'> {
    const all: OutputChunk[] = [];
    for await (const chunk of chunks) all.push(chunk);
    await this.gate.effect({ verb: 'store output', target: run }, () => this.inner.store(run, again(all)));
    return 'stored';
  }

  remove(run: string): Promise<void> {
    return this.gate.effect({ verb: 'remove output', target: run }, () => this.inner.remove(run));
  }

  onChange(): void {}

  async close(): Promise<void> {}
}

/** The `Images` port of one controller process; asking for an image is not an effect but a check in the background. */
export class GatedImages implements Images {
  constructor(
    private readonly inner: Images,
    private readonly gate: Gate,
  ) {}

  state(want: ImageWant): ImageState {
    return this.inner.state(want);
  }

  resolve(want: ImageWant): void {
    const request = {
      verb: 'ask for image',
      target: want.ref,
      detail: () => `${want.policy} for ${want.run}`,
    };
    this.gate.ask(request, () => this.inner.resolve(want));
  }

  onChange(): void {}

  async close(): Promise<void> {}
}

/** The `Packages` port of one controller process; bringing one is no effect, it goes on in the background. */
export class GatedPackages implements Packages {
  constructor(
    private readonly inner: Packages,
    private readonly gate: Gate,
  ) {}

  delivery(name: string): Delivery {
    return this.inner.delivery(name);
  }

  offer(want: PackageWant, credential: string): void {
    const request = {
      verb: 'offer package',
      target: want.name,
      detail: () => `${want.path} on ${want.network}`,
    };
    this.gate.ask(request, () => this.inner.offer(want, credential));
  }

  remove(id: string): Promise<void> {
    return this.gate.effect({ verb: 'remove package', target: id }, () => this.inner.remove(id));
  }

  onChange(): void {}

  async close(): Promise<void> {}
}

/** What was read once, to be given as often as the effect is repeated. */
async function* again(chunks: readonly OutputChunk[]): AsyncGenerator<OutputChunk> {
  yield* chunks;
}
