import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import { digestAcl } from '../../../controller/shared/zookeeper/acl.js';
import { isZooKeeperError } from '../../../controller/shared/zookeeper/errors.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import { directory, jobRecord } from './samples.js';
import { startZooKeeper, type ZooKeeperServer } from './server.js';

/** What the image's configuration says, but for where it listens and keeps its data. */
const CONFIG = readFileSync(new URL('../../../images/zookeeper/zoo.cfg', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => /^[^#].*=/.test(line) && !/^(dataDir|clientPort)=/.test(line));
const DATA = Buffer.alloc(900_000, 0x41);

describe('the embedded ZooKeeper', function () {
  this.timeout(60_000);
  const root = '/mpiswarm';
  let server: ZooKeeperServer;
  let registry: ZooKeeperStateStore;
  const closing: (() => Promise<void>)[] = [];

  const open = (credential: string): ZooKeeperSession => {
    const hosts = `127.0.0.1:${server.port}`;
    const session = ZooKeeperSession.connect({ hosts, timeoutMs: 10_000, credential });
    closing.push(() => session.close());
    return session;
  };
  const connect = (credential = 'controller:secret', warn: (message: string) => void = () => undefined) => {
    const hosts = `127.0.0.1:${server.port}`;
    const options = { hosts, root, credential, timeoutMs: 10_000, embedded: { warn } };
    const made = new ZooKeeperStateStore(options);
    closing.push(() => made.close());
    return made;
  };
  const refused = async (act: Promise<unknown>): Promise<unknown> => {
    const error = await act.then(
      () => 'it succeeded',
      (thrown: unknown) => thrown,
    );
    return isZooKeeperError(error) ? error.message.replace(/^[^:]*: /, '') : error;
  };
  const make = async (name: string): Promise<string> => {
    const run = { number: 1, id: `${name}-0a1b2c3d-1`, generation: 1, createdAt: 1, phases: {} };
    const fresh = jobRecord(`default/${name}`);
    await registry.writeJob({ ...fresh, status: { ...fresh.status, runs: [run] } }, undefined);
    await registry.createRun(run.id, directory);
    return run.id;
  };

  before(async () => {
    server = await startZooKeeper({ config: CONFIG, heap: 512 });
    registry = connect();
    await registry.observe([]);
  });

  after(async () => {
    await Promise.all(closing.map(close => close()));
    await server.stop();
  });

  it('lets nobody but the controller create anything outside of a run', async () => {
    const run = await make('outside');
    for (const credential of ['stranger:x', registry.credential(run)]) {
      const session = open(credential);
      for (const path of [
        '/fill',
        '/zookeeper/fill',
        '/zookeeper/quota/fill',
        `${root}/fill`,
        `${root}/runs/fill`,
      ])
        expect(
          await refused(session.create(path, DATA, { acl: digestAcl(credential) })),
          `${credential} ${path}`,
        ).to.include('not permitted');
    }
  });

  it('ends what a program writes in its run at the run’s quota, and no other run', async () => {
    const [run, other] = [await make('full'), await make('lean')];
    const credential = registry.credential(run);
    const session = open(credential);
    const options = { acl: digestAcl(credential) };
    let made = 0;
    let end: unknown = 'it succeeded';
    for (; made < 100 && end === 'it succeeded'; made++)
      end = await refused(session.create(`${root}/runs/${run}/barriers/${made}`, DATA, options));
    expect(end).to.equal('quota exceeded');
    expect(made).to.be.within(5, 20);
    const beside = open(registry.credential(other));
    const acl = digestAcl(registry.credential(other));
    expect(await beside.create(`${root}/runs/${other}/barriers/0`, DATA, { acl })).to.equal('created');
  });

  it('ends that at 64 MiB for a run of any size', async () => {
    const run = 'unknown-0a1b2c3d-1';
    await registry.createRun(run, directory);
    const session = open(registry.credential(run));
    const options = { acl: digestAcl(registry.credential(run)) };
    let made = 0;
    while (
      made < 200 &&
      (await refused(session.create(`${root}/runs/${run}/barriers/${made}`, DATA, options))) ===
        'it succeeded'
    )
      made++;
    expect(made).to.be.within(60, 75);
    await registry.removeRun(run);
  });

  it('counts a run’s znodes, too', async () => {
    const run = await make('many');
    const credential = registry.credential(run);
    const session = open(credential);
    const options = { acl: digestAcl(credential) };
    // The server counts what is done, so that what is under way may exceed it: at most 500 requests of a session
    const results = await Promise.all(
      Array.from({ length: 6_000 }, (_, n) =>
        refused(session.create(`${root}/runs/${run}/barriers/${n}`, Buffer.alloc(0), options)),
      ),
    );
    expect(results.filter(result => result === 'it succeeded').length).to.be.within(5_000, 5_700);
    expect(results.filter(result => result === 'quota exceeded').length).to.be.above(200);
  });

  it('forgets the quota with the run, and gives another run one as well', async () => {
    const run = await make('gone');
    const keeper = open('controller:secret');
    const quotas = async () => (await keeper.children(`/zookeeper/quota${root}/runs`)) ?? [];
    expect(await quotas()).to.include(run);
    await registry.removeRun(run);
    await registry.removeRun(run);
    expect(await quotas()).to.not.include(run);
    await registry.createRun(run, directory);
    expect(await quotas()).to.include(run);
  });

  it('is read as before by a controller that starts, and says so where it belongs to another one', async () => {
    expect((await connect().observe([])).ok).to.equal(true);
    const logs: string[] = [];
    const stranger = await connect('stranger:x', message => logs.push(message)).observe([]);
    expect(stranger.ok).to.equal(false);
    expect(logs.filter(line => line.includes('belongs to another credential'))).to.have.length(1);
  });

  it('serves an installation that was there before another one closed it, without quotas', async () => {
    const two = await startZooKeeper({ config: CONFIG });
    closing.push(() => two.stop());
    const hosts = `127.0.0.1:${two.port}`;
    const store = (credential: string, root: string) => {
      const made = new ZooKeeperStateStore({
        ...{ hosts, root, credential, timeoutMs: 10_000 },
        embedded: { warn: () => undefined },
      });
      closing.unshift(() => made.close());
      return made;
    };
    const keeper = ZooKeeperSession.connect({ hosts, timeoutMs: 10_000, credential: 'second:b' });
    closing.unshift(() => keeper.close());
    for (const path of ['', '/jobs', '/runs', '/leader', '/epoch'])
      await keeper.create(`/second${path}`, Buffer.alloc(0), { acl: digestAcl('second:b') });
    await store('first:a', '/first').createRun('ring-0a1b2c3d-1', directory);
    const second = store('second:b', '/second');
    expect((await second.observe([])).ok).to.equal(true);
    await second.createRun('ring-0a1b2c3d-1', directory);
    await second.removeRun('ring-0a1b2c3d-1');
    const seen = await second.observe([]);
    expect(seen.ok && seen.value.runIds).to.deep.equal([]);
  });

  it('gives its first run a quota, before it was ever read', async () => {
    const empty = await startZooKeeper({ config: CONFIG });
    closing.push(() => empty.stop());
    const hosts = `127.0.0.1:${empty.port}`;
    const embedded = { warn: () => undefined };
    const late = new ZooKeeperStateStore({ hosts, root, credential: 'a:b', timeoutMs: 10_000, embedded });
    closing.unshift(() => late.close());
    await late.createRun('first-0a1b2c3d-1', directory);
    const keeper = ZooKeeperSession.connect({ hosts, timeoutMs: 10_000, credential: 'a:b' });
    closing.unshift(() => keeper.close());
    expect(await keeper.children(`/zookeeper/quota${root}/runs`)).to.deep.equal(['first-0a1b2c3d-1']);
    const seen = await late.observe(['first-0a1b2c3d-1']);
    expect(seen.ok && seen.value.runs.has('first-0a1b2c3d-1')).to.equal(true);
  });
});
