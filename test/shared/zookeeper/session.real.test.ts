import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { digestAcl } from '../../../controller/shared/zookeeper/acl.js';
import { isZooKeeperError, type ZooKeeperError } from '../../../controller/shared/zookeeper/errors.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import type { SessionOptions, SessionState } from '../../../controller/shared/zookeeper/session-types.js';
import { type Link, startLink } from '../../adapters/zookeeper/link.js';
import { freePort, startZooKeeper, type ZooKeeperServer } from '../../adapters/zookeeper/server.js';

const bytes = (text: string): Buffer => Buffer.from(text);
const credential = 'agent:secret';
const acl = digestAcl(credential);

describe('session with ZooKeeper', function () {
  this.timeout(30_000);
  let server: ZooKeeperServer;
  let link: Link;
  let closing: ZooKeeperSession[] = [];
  let paths = 0;
  const fresh = (): string => `/session-${++paths}`;

  const open = (options: Partial<SessionOptions> = {}, port = server.port): ZooKeeperSession => {
    const session = ZooKeeperSession.connect({
      hosts: `127.0.0.1:${port}`,
      timeoutMs: 900,
      credential,
      ...options,
    });
    closing.push(session);
    return session;
  };
  const failure = async (act: Promise<unknown>): Promise<ZooKeeperError> => {
    const error = await act.then(
      () => new Error('it succeeded'),
      (thrown: unknown) => thrown,
    );
    if (isZooKeeperError(error)) return error;
    throw error;
  };
  const next = (session: ZooKeeperSession, wanted: SessionState): Promise<number> =>
    new Promise(resolve => {
      const stop = session.onState(state => {
        if (state !== wanted) return;
        stop();
        resolve(performance.now());
      });
    });
  const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 500; tries++) {
      if (await is()) return;
      await sleep(20);
    }
    throw new Error(`waited in vain for ${what}`);
  };
  const text = async (session: ZooKeeperSession, path: string): Promise<string | undefined> => {
    const znode = await session.get(path);
    return znode && String(znode.data);
  };

  before(async () => {
    server = await startZooKeeper();
    link = await startLink(server.port);
  });

  afterEach(async () => {
    server.resume();
    link.tamper = undefined;
    link.refusing = false;
    await Promise.all(closing.map(session => session.close()));
    closing = [];
  });

  after(async () => {
    await link.close();
    await server.stop();
  });

  describe('in quiet times', () => {
    it('creates, reads, lists, changes and removes', async () => {
      const session = open();
      const path = fresh();
      expect(await session.get(path)).to.equal(undefined);
      expect(await session.create(path, bytes('one'), { acl })).to.equal('created');
      expect(await session.create(path, bytes('two'), { acl })).to.equal('exists');
      expect(await session.set(path, bytes('three'), 0)).to.equal(1);
      expect(await session.get(path)).to.include({ version: 1, ephemeral: false, mine: false });
      await session.create(`${path}/child`, Buffer.alloc(0), { acl });
      expect(await session.children(path)).to.deep.equal(['child']);
      await session.removeTree(path);
      expect([await session.remove(path), await session.children(path)]).to.deep.equal(['absent', undefined]);
    });

    it('names call, path and reason when the server says no', async () => {
      const session = open();
      const path = fresh();
      expect(await failure(session.set(path, bytes(''), 0))).to.include({
        code: 'no-node',
        message: `set ${path}: no such znode`,
      });
      await session.create(path, bytes('x'), { acl });
      expect((await failure(session.set(path, bytes('y'), 3))).code).to.equal('version');
      expect((await failure(session.remove(path, 3))).code).to.equal('version');
      expect((await failure(session.get('no/slash'))).code).to.equal('invalid');
      const stranger = open({ credential: 'stranger:other' });
      expect(await failure(stranger.get(path))).to.include({
        code: 'no-auth',
        message: `get ${path}: not permitted: the znode belongs to another credential`,
      });
    });

    it('does all operations of a transaction or none', async () => {
      const session = open();
      const path = fresh();
      await session.create(path, bytes('x'), { acl });
      const create = { op: 'create', path: `${path}/child`, data: bytes('c'), acl } as const;
      await session.set(path, bytes('y'));
      // Version 0 is a version like any other, not "any version".
      const stale = { op: 'check', path, version: 0 } as const;
      expect((await failure(session.multi([create, stale]))).code).to.equal('version');
      expect(await session.children(path)).to.deep.equal([]);
      await session.multi([
        create,
        { op: 'check', path, version: 1 },
        { op: 'set', path, data: bytes('z'), version: 1 },
      ]);
      expect([await text(session, path), await text(session, `${path}/child`)]).to.deep.equal(['z', 'c']);
    });

    it('calls a watch once, for a change, a removal, and a creation', async () => {
      const session = open();
      const path = fresh();
      let calls = 0;
      const watch = (): void => void calls++;
      await session.get(path, watch);
      await session.create(path, bytes('1'), { acl });
      await until('the creation', () => calls === 1);
      await session.get(path, watch);
      await session.set(path, bytes('2'));
      await session.set(path, bytes('3'));
      await until('the change', () => calls === 2);
      await session.get(path, watch);
      await session.remove(path);
      await until('the removal', () => calls === 3);
      await sleep(50);
      expect(calls).to.equal(3);
    });

    it('holds one watch after ten thousand reads of one path with it, and calls it once', async () => {
      const session = open({ timeoutMs: 10_000 });
      const path = fresh();
      await session.create(path, bytes('1'), { acl });
      const warnings: string[] = [];
      const warned = (warning: Error): void => void warnings.push(warning.message);
      process.on('warning', warned);
      let calls = 0;
      const watch = (): void => void calls++;
      for (let round = 0; round < 20; round++)
        await Promise.all(Array.from({ length: 500 }, () => session.get(path, watch)));
      expect(session.armedWatches).to.equal(1);
      await session.set(path, bytes('2'));
      await until('the watch', () => calls > 0);
      await sleep(50);
      process.off('warning', warned);
      expect([calls, session.armedWatches, warnings]).to.deep.equal([1, 0, []]);
    });

    it('answers a first call within a moment, and thousands of calls made at once in their order', async () => {
      const begun = performance.now();
      const session = open();
      await session.children('/');
      expect(performance.now() - begun).to.be.below(300);
      const path = fresh();
      await session.create(path, bytes('0'), { acl });
      const versions = await Promise.all(
        Array.from({ length: 2_000 }, (_, n) => session.set(path, bytes(`${n}`))),
      );
      expect(versions).to.deep.equal(Array.from({ length: 2_000 }, (_, n) => n + 1));
    });
  });

  describe('when the server stops answering', () => {
    it('is lost within two thirds of the timeout, and back when the server is', async () => {
      const session = open({ timeoutMs: 1_500 });
      await session.ready();
      const path = fresh();
      await session.create(path, bytes('x'), { acl });
      const lost = next(session, 'lost');
      server.pause();
      const begun = performance.now();
      expect((await lost) - begun).to.be.within(300, 1_300);
      expect(session.connected).to.equal(false);
      expect(session.lastError).to.match(/^no answer from 127.0.0.1:\d+ for 1.0 s$/);
      server.resume();
      await session.ready(5_000);
      expect(await text(session, path)).to.equal('x');
    });

    it('makes its ephemeral znodes again after its session expired, and tells so', async () => {
      const session = open({}, link.port);
      const path = fresh();
      let written = 0;
      const handle = session.ephemeral(path, bytes('here'), acl, () => void written++);
      await handle.written();
      const expired = next(session, 'expired');
      link.refusing = true;
      link.cut();
      const observer = open({ timeoutMs: 5_000 });
      await until('the server to expire the session', async () => (await observer.get(path)) === undefined);
      expect(session.connected).to.equal(false);
      link.refusing = false;
      await expired;
      await until('the znode', async () => (await text(observer, path)) === 'here');
      await until('the second notice', () => written === 2);
    });

    it('rejects calls under way when their deadline comes, naming call, path and reason', async () => {
      const session = open({ timeoutMs: 20_000, callDeadlineMs: 400 });
      await session.ready();
      server.pause();
      const begun = performance.now();
      const error = await failure(session.get('/some/path'));
      expect(error).to.include({
        code: 'deadline',
        inDoubt: true,
        message: 'get /some/path: no reply for 0.4 s',
      });
      expect(performance.now() - begun).to.be.within(350, 1_000);
    });

    it('never sends a request whose caller gave up', async () => {
      link.refusing = true;
      const session = open({ callDeadlineMs: 300 }, link.port);
      const path = fresh();
      const error = await failure(session.create(path, bytes('late'), { acl }));
      expect(error.code).to.equal('connection');
      expect(error.message).to.match(
        /^create \/session-\d+: no connection for 0.3 s: connection closed by 127/,
      );
      link.refusing = false;
      await session.ready(5_000);
      await sleep(50);
      expect(await session.get(path)).to.equal(undefined);
    });

    it('calls every armed watch once when the connection is back', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      const path = fresh();
      const called: string[] = [];
      await session.get(path, () => called.push('absent'));
      await session.get('/', () => called.push('data'));
      await session.children('/', () => called.push('children'));
      link.cut();
      await until('the watches', () => called.length >= 3);
      await session.create(path, bytes(''), { acl });
      await sleep(50);
      expect(called.sort()).to.deep.equal(['absent', 'children', 'data']);
    });
  });

  describe('when the server dies', () => {
    it('comes back with the server, its session, and its ephemeral znode', async () => {
      const session = open({ timeoutMs: 20_000 });
      const path = fresh();
      await session.ephemeral(path, bytes('here'), acl).written();
      const lost = next(session, 'lost');
      await server.kill();
      await lost;
      await until('a refused connection', () => /^connection refused by 127/.test(session.lastError ?? ''));
      await server.restart();
      await session.ready(5_000);
      expect(await session.get(path)).to.include({ mine: true });
    });

    it('waits for a server that is not there yet', async () => {
      const port = await freePort();
      const session = open({}, port);
      await until(
        'a refused connection',
        () => session.lastError === `connection refused by 127.0.0.1:${port}`,
      );
      expect((await failure(session.ready(50))).message).to.include(
        `connection refused by 127.0.0.1:${port}`,
      );
      const late = await startZooKeeper({ port });
      await session.ready(5_000);
      await session.close();
      await late.stop();
    });

    it('goes on to the next server of the list', async () => {
      const session = open({ hosts: `127.0.0.1:${await freePort()},127.0.0.1:${server.port}` });
      await session.ready(2_000);
      expect(await session.children('/')).to.include('zookeeper');
    });

    it('says which name does not resolve', async () => {
      const session = open({ hosts: 'no-such-host.invalid:2181' });
      await until('the look-up', () => session.lastError !== undefined);
      expect(session.lastError).to.match(/^the name in no-such-host.invalid:2181 does not resolve/);
    });

    it('does not crash on a server that speaks another protocol', async () => {
      const { createServer } = await import('node:http');
      const http = createServer().listen(0, '127.0.0.1');
      await until('the server', () => http.listening);
      const session = open({}, (http.address() as { port: number }).port);
      await until('the reply', () => session.lastError !== undefined);
      expect(session.lastError).to.match(/sent an invalid ZooKeeper packet|connection closed/);
      await session.close();
      http.close();
    });
  });

  describe('when replies are lost or strange', () => {
    const loseOne = (): void => {
      link.tamper = (reply, xid) => {
        if (xid < 0) return reply;
        link.tamper = undefined;
        return undefined;
      };
    };

    it('finds out by a read whether its create succeeded', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      await session.ready();
      const path = fresh();
      loseOne();
      expect(await session.create(path, bytes('mine'), { acl })).to.equal('created');
      expect(await session.get(path)).to.include({ version: 0 });
    });

    it('does not mistake another client’s znode for its own', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      await session.ready();
      const path = fresh();
      await open().create(path, bytes('theirs'), { acl });
      loseOne();
      expect(await session.create(path, bytes('mine'), { acl })).to.equal('exists');
    });

    it('does not change a znode twice', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      const path = fresh();
      await session.create(path, bytes('0'), { acl });
      loseOne();
      expect(await session.set(path, bytes('1'), 0)).to.equal(1);
      loseOne();
      expect(await session.remove(path, 1)).to.equal('removed');
    });

    it('says that a transaction is in doubt', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      await session.ready();
      const path = fresh();
      loseOne();
      const error = await failure(session.multi([{ op: 'create', path, data: bytes(''), acl }]));
      expect(error).to.include({ code: 'connection', inDoubt: true });
    });

    it('survives error codes that the library does not know', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      await session.ready();
      const words: string[] = [];
      for (let code = -118; code >= -127; code--) {
        link.tamper = (reply, xid) => {
          if (xid < 0) return reply;
          link.tamper = undefined;
          reply.writeInt32BE(code, 4 + 4 + 8);
          return reply;
        };
        words.push((await failure(session.get('/zookeeper'))).message);
      }
      expect(words)
        .to.include('get /zookeeper: quota exceeded')
        .and.include('get /zookeeper: error code -126');
      expect([words.length, link.accepted > 0, session.connected]).to.deep.equal([10, true, true]);
      expect(await session.children('/')).to.include('zookeeper');
    });

    it('takes many replies that come at once', async () => {
      const session = open({ timeoutMs: 5_000 }, link.port);
      const names = Array.from({ length: 300 }, (_, n) => `child-${n}`);
      const path = fresh();
      await session.create(path, bytes('x'), { acl });
      await Promise.all(names.map(name => session.create(`${path}/${name}`, bytes(name), { acl })));
      expect((await session.children(path))?.length).to.equal(300);
      expect(await Promise.all(names.map(name => text(session, `${path}/${name}`)))).to.deep.equal(names);
    });
  });

  describe('with an ephemeral znode', () => {
    it('writes the last of many changes', async () => {
      const session = open();
      const path = fresh();
      let written = 0;
      const handle = session.ephemeral(path, bytes('0'), acl, () => void written++);
      for (let n = 1; n <= 200; n++) handle.set(bytes(`${n}`));
      await handle.written();
      expect(await text(session, path)).to.equal('200');
      expect(written).to.be.below(5);
    });

    it('takes the place of a session that came before, which then gives way', async () => {
      const [old, young] = [open({ timeoutMs: 5_000 }), open({ timeoutMs: 5_000 })];
      const path = fresh();
      const first = old.ephemeral(path, bytes('old'), acl);
      await first.written();
      const second = young.ephemeral(path, bytes('young'), acl);
      await second.written();
      first.set(bytes('old again'));
      await sleep(200);
      expect(await young.get(path)).to.include({ mine: true });
      expect(await text(young, path)).to.equal('young');
      await second.release();
      await until('the older one to come back', async () => (await text(young, path)) === 'old again');
    });

    it('waits for its parent, and recreates removed znodes', async () => {
      const session = open();
      const parent = fresh();
      const handle = session.ephemeral(`${parent}/child`, bytes('x'), acl);
      await sleep(50);
      await session.create(parent, bytes(''), { acl });
      await handle.written();
      const before = await session.get(`${parent}/child`);
      await session.remove(`${parent}/child`);
      await until(
        'a new one',
        async () => ((await session.get(`${parent}/child`))?.czxid ?? '') > (before?.czxid ?? ''),
      );
    });

    it('leaves nothing behind when released or closed', async () => {
      const [session, observer] = [open(), open()];
      const [one, two] = [fresh(), fresh()];
      const handle = session.ephemeral(one, bytes('x'), acl);
      await Promise.all([handle.written(), session.ephemeral(two, bytes('x'), acl).written()]);
      await handle.release();
      expect(await observer.get(one)).to.equal(undefined);
      await session.close();
      expect(await observer.get(two)).to.equal(undefined);
    });
  });

  it('rejects what is under way, and everything after, once it is closed', async () => {
    const session = open();
    await session.ready();
    const pending = failure(session.get('/'));
    await session.close();
    expect([(await pending).code, (await failure(session.get('/'))).code]).to.deep.equal([
      'closed',
      'closed',
    ]);
    expect((await failure(session.ready())).code).to.equal('closed');
  });
});
