import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import { type Acl, digestAcl } from '../../../controller/shared/zookeeper/acl.js';
import { isZooKeeperError } from '../../../controller/shared/zookeeper/errors.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import { startLink } from './link.js';
import { claim, directory, jobRecord, registration, result } from './samples.js';
import { freePort, startZooKeeper, type ZooKeeperServer } from './server.js';
import { type AgentSide, itKeepsJobsAndRuns } from './state-store.contract.js';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('registry in ZooKeeper', function () {
  this.timeout(30_000);
  const root = '/nested/mpiswarm';
  const controller = 'controller:secret';
  let server: ZooKeeperServer;
  let registry: ZooKeeperStateStore;
  const closing: (() => Promise<void>)[] = [];

  const open = (credential: string): ZooKeeperSession => {
    const hosts = `127.0.0.1:${server.port}`;
    const session = ZooKeeperSession.connect({ hosts, timeoutMs: 4_000, credential });
    closing.push(() => session.close());
    return session;
  };
  const connect = (credential: string, port = server.port): ZooKeeperStateStore => {
    const made = new ZooKeeperStateStore({ hosts: `127.0.0.1:${port}`, root, credential, timeoutMs: 4_000 });
    closing.push(() => made.close());
    return made;
  };

  before(async () => {
    server = await startZooKeeper();
    registry = connect(controller);
  });

  after(async () => {
    await Promise.all(closing.map(close => close()));
    await server.stop();
  });

  describe('with agents that hold the credential of their run', () => {
    const sessions = new Map<string, { session: ZooKeeperSession; acl: Acl }>();
    const as = (run: string) => {
      const credential = registry.credential(run);
      const known = sessions.get(run) ?? { session: open(credential), acl: digestAcl(credential) };
      sessions.set(run, known);
      return { ...known, path: `${root}/runs/${run}` };
    };
    const write = async (run: string, name: string, value: unknown, ephemeral = false): Promise<void> => {
      const { session, acl, path } = as(run);
      await session.create(`${path}/${name}`, json(value), { acl, ephemeral });
      await session.set(path, Buffer.from('changed'));
    };
    const agents: AgentSide = {
      register: (run, value) => write(run, `workers/${value.index}`, value, true),
      drop: async (run, index) => {
        const { session, path } = as(run);
        await session.remove(`${path}/workers/${index}`);
        await session.set(path, Buffer.from('changed'));
      },
      report: (run, value) => write(run, 'launcher', value, true),
      place: (run, value) => write(run, `placement/${value.worker}`, value),
      claim: (run, value) => write(run, 'claim', value),
      finish: (run, value) => write(run, 'result', value),
      tell: async (run, rank, value) => {
        const { session, acl, path } = as(run);
        const made = await session.create(`${path}/ranks/${rank}`, json(value), { acl });
        if (made === 'exists') await session.set(`${path}/ranks/${rank}`, json(value));
        await session.set(path, Buffer.from('changed'));
      },
      lock: async run => {
        const { session, path } = as(run);
        const own = digestAcl('rank:own');
        session.present('rank:own');
        await session.create(`${path}/barriers/b`, json({}), { acl: own });
        await session.create(`${path}/barriers/b/c`, json({}), { acl: own });
      },
      directory: async run => {
        const { session, path } = as(run);
        const [nodes, jobMaster] = await Promise.all(
          ['nodes', 'job-master'].map(async name => String((await session.get(`${path}/${name}`))?.data)),
        );
        return { nodes: JSON.parse(nodes ?? ''), jobMaster: jobMaster ?? '' };
      },
    };

    const spoil = async (key: string, text: string): Promise<void> => {
      await open(controller).set(`${root}/jobs/${key.replace('/', '.')}`, Buffer.from(text));
      // The watch that says so comes on another connection than the answer to this
      await sleep(100);
    };

    itKeepsJobsAndRuns(() => ({ registry, agents, spoil }));
  });

  it('writes the start token only when it is made or for another hostfile', async () => {
    await registry.createRun('token', directory);
    await registry.createStart('token', { hostfile: 'first' });
    await registry.createStart('token', { hostfile: 'first' });
    const read = () => open(controller).get(`${root}/runs/token/start`);
    expect((await read())?.version).to.equal(0);
    await registry.createStart('token', { hostfile: 'second' });
    expect(JSON.parse(String((await read())?.data))).to.deep.equal({ hostfile: 'second' });
  });

  it('makes the znodes that programs of a run write below, for the run’s credential and no other', async () => {
    await registry.createRun('programs', directory);
    const path = `${root}/runs/programs`;
    const session = open(registry.credential('programs'));
    expect((await session.children(path))?.toSorted()).to.deep.equal([
      'barriers',
      'job-master',
      'members',
      'nodes',
      'placement',
      'ranks',
      'workers',
    ]);
    const stranger = open('run:other');
    for (const name of ['ranks/0', 'barriers/first', 'members/0']) {
      const make = (by: ZooKeeperSession) =>
        by.create(`${path}/${name}`, json({}), { acl: digestAcl('run:other') });
      const error = await make(stranger).catch((thrown: unknown) => thrown);
      expect(isZooKeeperError(error, 'no-auth'), name).to.equal(true);
      expect(await make(session), name).to.equal('created');
    }
    const error = await stranger.get(`${path}/nodes`).catch((thrown: unknown) => thrown);
    expect(isZooKeeperError(error, 'no-auth')).to.equal(true);
  });

  it('counts as absent what is no JSON, of the wrong shape, too long, or under another index', async () => {
    await registry.createRun('malformed', directory);
    const session = open(registry.credential('malformed'));
    const acl = digestAcl(registry.credential('malformed'));
    const path = `${root}/runs/malformed`;
    const long = { ...registration(3), fault: 'x'.repeat(600_000) };
    const bad = [
      Buffer.from('{'),
      json({ ...registration(1), port: '2022' }),
      json(registration(7)),
      json(long),
    ];
    for (const [index, data] of bad.entries())
      await session.create(`${path}/workers/${index}`, data, { acl });
    await session.create(`${path}/claim`, json([claim]), { acl });
    await session.create(`${path}/workers/4`, json(registration(4)), { acl });
    const told = { state: 'COMPLETED', worker: 2, at: 7 } as const;
    const ranks = {
      ...{ 0: '{', 1: { ...told, state: 'ASLEEP' }, 2: { ...told, at: 'now' }, 3: { ...told, worker: -1 } },
      ...{ 4: told, '05': told, none: told, 6: { ...told, error: 'x'.repeat(10_000) }, '-7': told },
    };
    for (const [name, value] of Object.entries(ranks))
      await session.create(
        `${path}/ranks/${name}`,
        typeof value === 'string' ? Buffer.from(value) : json(value),
        { acl },
      );
    const seen = await registry.observe(['malformed']);
    if (!seen.ok) throw new Error(seen.error);
    expect(seen.value.runs.get('malformed')).to.deep.equal({
      registrations: [registration(4)],
      placements: [],
      ranks: [{ rank: 4, ...told }],
      started: false,
      stopping: false,
    });
  });

  it('counts unreadable znodes of an agent as absent, and removes them with the run', async () => {
    await registry.createRun('hidden', directory);
    const session = open(registry.credential('hidden'));
    const acl = digestAcl('nobody:knows');
    await session.create(`${root}/runs/hidden/workers/0`, json(registration(0)), { acl });
    await session.create(`${root}/runs/hidden/launcher`, json({}), { acl });
    const seen = await registry.observe(['hidden']);
    expect(seen.ok && seen.value.runs.get('hidden')?.registrations).to.deep.equal([]);
    await registry.removeRun('hidden');
    const after = await registry.observe([]);
    expect(after.ok && after.value.runIds.includes('hidden')).to.equal(false);
  });

  it('knows all reports of ranks before the run had its result, whenever it reads', async () => {
    const writer = open(registry.credential('last-words'));
    const acl = digestAcl(registry.credential('last-words'));
    await registry.createRun('last-words', directory);
    const path = `${root}/runs/last-words`;
    let done = false;
    const program = (async () => {
      await sleep(20);
      for (let rank = 0; rank < 40; rank++)
        await writer.create(`${path}/ranks/${rank}`, json({ state: 'FAILED', worker: 0, at: 1 }), { acl });
      await writer.create(`${path}/result`, json(result), { acl });
      done = true;
    })();
    for (;;) {
      const over = done;
      // What is remembered is answered without the event loop's turn
      await sleep(1);
      const seen = await registry.observe(['last-words']);
      const world = seen.ok ? seen.value.runs.get('last-words') : undefined;
      if (world?.result) expect(world.ranks).to.have.length(40);
      if (over) break;
    }
    await program;
  });

  it('shows a job record that another process wrote, read before or not', async () => {
    const other = connect(controller);
    const version = await registry.writeJob(jobRecord('other/job', 1), undefined);
    await other.observe([]);
    await registry.writeJob(jobRecord('other/job', 2), version);
    await sleep(50);
    const seen = await other.observe([]);
    expect(seen.ok && seen.value.jobs.get('other/job')?.record.generation).to.equal(2);
  });

  it('keeps the credential of one run out of another run and out of the job records', async () => {
    await registry.createRun('mine', directory);
    await registry.createRun('theirs', directory);
    await registry.writeJob(jobRecord('a/secret'), undefined);
    const session = open(registry.credential('mine'));
    expect(await session.get(`${root}/runs/mine`)).to.not.equal(undefined);
    for (const path of [`${root}/runs/theirs`, `${root}/jobs/a.secret`]) {
      const error = await session.get(path).catch((thrown: unknown) => thrown);
      expect(isZooKeeperError(error, 'no-auth'), path).to.equal(true);
    }
  });

  it('removes a run while its agents go on creating', async () => {
    await registry.createRun('busy', directory);
    const session = open(registry.credential('busy'));
    const acl = digestAcl(registry.credential('busy'));
    let going = true;
    const agent = (async () => {
      for (let n = 0; going; n++, await sleep(3))
        await session
          .create(`${root}/runs/busy/workers/${n}`, Buffer.alloc(0), { acl })
          .catch((error: unknown) => {
            going = false;
            expect(isZooKeeperError(error, 'no-node')).to.equal(true);
          });
    })();
    await sleep(50);
    await registry.removeRun('busy');
    await agent;
    const seen = await registry.observe(['busy']);
    expect(seen.ok && seen.value.runIds.includes('busy')).to.equal(false);
  });

  it('asks for the right credential where the root belongs to another one', async () => {
    const stranger = connect('stranger:password');
    const seen = await stranger.observe([]);
    expect(seen.ok ? '' : seen.error)
      .to.include('/nested/mpiswarm')
      .and.include('belongs to another credential')
      .and.include('--zookeeper-auth');
    const error = await stranger.createRun('any', directory).catch((thrown: unknown) => thrown);
    expect(error).to.include({ kind: 'blocked' });
  });

  it('refuses a record that ZooKeeper cannot hold, and stays connected', async () => {
    const record = { ...jobRecord('a/huge'), source: 'x'.repeat(1_100_000) };
    const error = await registry.writeJob(record, undefined).catch((thrown: unknown) => thrown);
    expect(error).to.include({ kind: 'blocked' });
    expect((error as Error).message).to.match(/at most 1000000 bytes of data, got 11\d{5}/);
    expect((await registry.observe([])).ok).to.equal(true);
  });

  it('says what refuses it when no server is there', async () => {
    const port = await freePort();
    const seen = await connect(controller, port).observe([]);
    expect(seen.ok ? '' : seen.error).to.match(
      new RegExp(
        `^zookeeper 127.0.0.1:${port}: no connection for 1 s: connection refused by 127.0.0.1:${port}$`,
      ),
    );
  });

  it('reads a thousand unchanged records without asking for them again', async () => {
    const keys = Array.from({ length: 1_000 }, (_, n) => `many/job-${n}`);
    await Promise.all(keys.map(key => registry.writeJob(jobRecord(key), undefined)));
    const link = await startLink(server.port);
    const reader = connect(controller, link.port);
    let replies = 0;
    link.tamper = reply => {
      replies++;
      return reply;
    };
    await reader.observe([]);
    expect(replies).to.be.above(1_000);
    replies = 0;
    const seen = await reader.observe([]);
    expect(seen.ok && keys.every(key => seen.value.jobs.has(key))).to.equal(true);
    expect(replies).to.be.below(10);
    await reader.close();
    await link.close();
    await Promise.all(keys.map(key => registry.removeJob(key, 0)));
  });
});
