import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type ACL, type Client, CreateMode, createClient } from 'node-zookeeper-client';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import type { StateStoreWorld } from '../../../controller/ports/state-store.js';
import { digestAcl } from '../../../controller/shared/zookeeper/acl.js';
import { directory, jobRecord } from './samples.js';
import { startZooKeeper, type ZooKeeperServer } from './server.js';

/** Of a program that has its run's credential, and uses a ZooKeeper client of its own. */
class Program {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async start(port: number, credential: string): Promise<Program> {
    const client = createClient(`127.0.0.1:${port}`, { sessionTimeout: 10_000 });
    await new Promise<void>(resolve => {
      client.once('connected', () => resolve());
      client.connect();
    });
    const program = new Program(client);
    program.take(credential);
    return program;
  }

  take(credential: string): void {
    this.#client.addAuthInfo('digest', Buffer.from(credential));
  }

  create(path: string, acl: readonly ACL[]): Promise<unknown> {
    return this.#asked(done =>
      this.#client.create(path, Buffer.from('{}'), [...acl], CreateMode.PERSISTENT, done),
    );
  }

  setAcl(path: string, acl: readonly ACL[]): Promise<unknown> {
    return this.#asked(done => this.#client.setACL(path, [...acl], -1, done));
  }

  remove(path: string): Promise<unknown> {
    return this.#asked(done => this.#client.remove(path, -1, done));
  }

  ring(path: string): Promise<unknown> {
    return this.#asked(done => this.#client.setData(path, Buffer.from('changed'), done));
  }

  close(): void {
    this.#client.close();
  }

  #asked(call: (done: (error: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => call(error => (error ? reject(error) : resolve())));
  }
}

describe('ZooKeeper with a program that has its run’s credential and means harm', function () {
  this.timeout(60_000);
  const root = '/mpiswarm';
  let server: ZooKeeperServer;
  let registry: ZooKeeperStateStore;
  const logs: string[] = [];
  const closing: (() => unknown)[] = [];
  let ids = 0;

  const connect = (log?: (message: string) => void): ZooKeeperStateStore => {
    const hosts = `127.0.0.1:${server.port}`;
    const made = new ZooKeeperStateStore({
      ...{ hosts, root, credential: 'controller:secret', timeoutMs: 10_000 },
      ...(log && { log }),
    });
    closing.push(() => made.close());
    return made;
  };
  const make = async (name: string): Promise<string> => {
    const run = { number: 1, id: `${name}-0a1b2c3d-${++ids}`, generation: 1, createdAt: 1, phases: {} };
    const fresh = jobRecord(`default/${name}`);
    await registry.writeJob({ ...fresh, status: { ...fresh.status, runs: [run] } }, undefined);
    await registry.createRun(run.id, directory);
    return run.id;
  };
  const program = async (run: string): Promise<Program> => {
    const made = await Program.start(server.port, registry.credential(run));
    closing.push(() => made.close());
    return made;
  };
  const observe = async (by: ZooKeeperStateStore, ...runs: readonly string[]): Promise<StateStoreWorld> => {
    const seen = await by.observe(runs);
    if (!seen.ok) throw new Error(seen.error);
    return seen.value;
  };

  before(async () => {
    server = await startZooKeeper();
    registry = connect(message => logs.push(message));
  });

  after(async () => {
    await Promise.all(closing.map(close => close()));
    await server.stop();
  });

  it('cannot change who may do what with its run, and so shuts nobody out', async () => {
    const run = await make('acl');
    const evil = await program(run);
    const own = digestAcl('rank:own');
    for (const name of ['', '/workers', '/ranks', '/barriers', '/nodes']) {
      const refused = await evil.setAcl(`${root}/runs/${run}${name}`, own).catch((error: unknown) => error);
      expect(String(refused), name).to.include('NO_AUTH');
    }
    await evil.ring(`${root}/runs/${run}`);
    expect((await observe(connect(), run)).runs.has(run)).to.equal(true);
  });

  it('shuts out nobody but its own run where it could, as in a run that an older version made', async () => {
    const [run, other] = [await make('older'), await make('beside')];
    const keeper = await Program.start(server.port, 'controller:secret');
    closing.push(() => keeper.close());
    await keeper.setAcl(`${root}/runs/${run}`, digestAcl('rank:own'));
    const world = await observe(connect(), run, other);
    expect([...world.runs.keys()]).to.deep.equal([other]);
    expect(world.unreadableRuns.get(run)).to.include('not permitted');
  });

  it('makes its own run unreadable with names that are too long, and the connection stays', async () => {
    const [run, other] = [await make('names'), await make('short')];
    const evil = await program(run);
    const acl = digestAcl(registry.credential(run));
    const long = 'x'.repeat(990_000);
    for (let n = 0; n < 18; n++) await evil.create(`${root}/runs/${run}/ranks/${n}${long}`, acl);
    await evil.ring(`${root}/runs/${run}`);
    logs.length = 0;
    for (let look = 0; look < 3; look++) {
      const world = await observe(registry, run, other);
      expect([...world.runs.keys()]).to.deep.equal([other]);
      expect(world.unreadableRuns.get(run)).to.include('the reply is longer than the 16 MiB that are read');
    }
    expect(logs).to.deep.equal([]);
  });

  it('makes its own run unreadable with 20,000 ranks, without a list of them', async () => {
    const [run, other] = [await make('many'), await make('few')];
    const evil = await program(run);
    const acl = digestAcl(registry.credential(run));
    for (let at = 0; at < 20_000; at += 500)
      await Promise.all(
        Array.from({ length: 500 }, (_, n) => evil.create(`${root}/runs/${run}/ranks/${at + n}`, acl)),
      );
    const before = performance.now();
    const world = await observe(registry, run, other);
    expect(performance.now() - before).to.be.below(1_000);
    expect(world.unreadableRuns.get(run)).to.include('20000 znodes, of which at most 1002 are read');
    expect(world.runs.has(other)).to.equal(true);
  });

  it('is not looked at more often the more it rings', async () => {
    const run = await make('rings');
    const evil = await program(run);
    const acl = digestAcl(registry.credential(run));
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => evil.create(`${root}/runs/${run}/workers/${n}`, acl)),
    );
    const began = performance.now();
    let words: string | undefined;
    while (performance.now() - began < 900) {
      const world = await observe(registry, run);
      words ??= world.unreadableRuns.get(run);
      expect(world.unreadableRuns.get(run)).to.equal(words);
      await evil.create(`${root}/runs/${run}/workers/${Math.random()}`, acl);
      await evil.ring(`${root}/runs/${run}`);
      await sleep(10);
    }
  });

  it('leaves behind what only it may remove, and its run is not in the way', async () => {
    const [run, other] = [await make('tree'), await make('twig')];
    const evil = await program(run);
    const own = digestAcl('rank:own');
    await evil.create(`${root}/runs/${run}/barriers/b`, own);
    evil.take('rank:own');
    await evil.create(`${root}/runs/${run}/barriers/b/c`, own);
    await evil.create(`${root}/runs/${run}/ranks/0`, digestAcl(registry.credential(run)));
    const error = await registry.removeRun(run).catch((thrown: unknown) => thrown);
    expect(String(error)).to.include('left behind').and.include('not permitted');
    const world = await observe(registry, other);
    expect(world.runIds).to.include(other).and.not.include(run);
    expect([...world.leftBehind.keys()]).to.include(run);
    await evil.remove(`${root}/runs/${run}/barriers/b/c`);
    const next = connect();
    expect((await observe(next)).runIds).to.include(run);
    await next.removeRun(run);
    expect((await observe(next)).runIds).to.not.include(run);
  });

  it('makes more than can be removed at once, and it is removed bit by bit', async () => {
    const run = await make('heap');
    const evil = await program(run);
    const acl = digestAcl(registry.credential(run));
    for (let at = 0; at < 30_000; at += 500)
      await Promise.all(
        Array.from({ length: 500 }, (_, n) => evil.create(`${root}/runs/${run}/barriers/${at + n}`, acl)),
      );
    let longest = 0;
    for (let tries = 0; tries < 9; tries++) {
      const before = performance.now();
      await registry.removeRun(run).catch((error: unknown) => expect(error).to.include({ kind: 'retry' }));
      longest = Math.max(longest, performance.now() - before);
      if (!(await observe(registry)).runIds.includes(run)) break;
    }
    expect((await observe(registry)).runIds).to.not.include(run);
    expect(longest).to.be.below(5_000);
  });
});
