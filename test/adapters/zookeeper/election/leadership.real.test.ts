import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ZooKeeperStateStore } from '../../../../controller/adapters/zookeeper/state-store.js';
import { LeadershipLost } from '../../../../controller/ports/errors.js';
import { digestAcl } from '../../../../controller/shared/zookeeper/acl.js';
import { ZooKeeperSession } from '../../../../controller/shared/zookeeper/session.js';
import { type Link, startLink } from '../link.js';
import { startZooKeeper, type ZooKeeperServer } from '../server.js';
import { type Arena, type Contender, itHasOneLeader } from './leadership.contract.js';

const credential = 'controller:secret';
const TIMEOUT_MS = 2_000;

describe('leadership in ZooKeeper', function () {
  this.timeout(30_000);
  let server: ZooKeeperServer;
  let root: string;
  let roots = 0;
  let admin: ZooKeeperSession;
  const links = new Map<Contender, Link>();
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    server = await startZooKeeper();
    admin = ZooKeeperSession.connect({ hosts: `127.0.0.1:${server.port}`, timeoutMs: 5_000, credential });
  });

  after(async () => {
    await admin.close();
    await server.stop();
  });

  beforeEach(() => {
    root = `/installation-${++roots}`;
  });

  afterEach(async () => {
    for (const link of links.values()) link.hold = 'nothing';
    links.clear();
    await Promise.all(closing.splice(0).map(close => close()));
  });

  const campaign = async (timeoutMs = TIMEOUT_MS): Promise<Contender> => {
    const link = await startLink(server.port);
    const hosts = `127.0.0.1:${link.port}`;
    const registry = new ZooKeeperStateStore({ hosts, root, credential, timeoutMs });
    const leadership = registry.campaign({ host: 'here', now: Date.now });
    closing.push(async () => {
      await leadership.close();
      await registry.close();
      await link.close();
    });
    const before = (await admin.children(`${root}/leader`))?.length ?? 0;
    await until('the place in line', async () => {
      return ((await admin.children(`${root}/leader`))?.length ?? 0) > before;
    });
    const contender: Contender = {
      leadership,
      registry,
      cut: () => {
        link.hold = 'everything';
      },
      heal: () => {
        link.hold = 'nothing';
      },
    };
    links.set(contender, link);
    return contender;
  };
  /** As another leader does it. */
  const beginTerm = async (): Promise<void> => {
    const epoch = await admin.get(`${root}/epoch`);
    await admin.set(`${root}/epoch`, Buffer.from('{"controller":"somebody","since":1}'), epoch?.version);
  };
  const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 1_000; tries++) {
      if (await is()) return;
      await sleep(10);
    }
    throw new Error(`waited in vain for ${what}`);
  };
  const linkOf = (contender: Contender): Link => {
    const link = links.get(contender);
    if (!link) throw new Error('it has no link');
    return link;
  };

  const arena: Arena = {
    timeoutMs: TIMEOUT_MS,
    slackMs: 200,
    now: () => performance.now(),
    pass: async ms => {
      await sleep(ms);
    },
    campaign,
    depose: async (victim, writes) => {
      const link = linkOf(victim);
      // It hears nothing of the new term, and its writes reach the server all the same
      link.hold = 'replies';
      await beginTerm();
      const errors = writes().map(write => write.catch((error: unknown) => error));
      await sleep(200);
      link.hold = 'nothing';
      return Promise.all(errors);
    },
  };

  itHasOneLeader(() => arena);

  const epochs = ({ leadership }: Contender): readonly number[] => {
    const standing = leadership.state();
    return standing.role === 'leader' ? [standing.term.epoch] : [];
  };

  it('gives the place up when another term began, and leads again by its turn', async () => {
    const first = await campaign();
    await until('the lead', () => epochs(first).length > 0);
    const [old = 0] = epochs(first);
    await beginTerm();
    await until('a term after that of the other', () => (epochs(first)[0] ?? 0) > old + 1);
    expect((await admin.children(`${root}/leader`))?.length).to.equal(1);
  });

  it('loses the lead when its znode is removed, and joins the line again', async () => {
    const first = await campaign();
    await until('the lead', () => epochs(first).length > 0);
    const second = await campaign();
    const line = await admin.children(`${root}/leader`);
    const places = await Promise.all((line ?? []).map(name => admin.get(`${root}/leader/${name}`)));
    const oldest = places.map(znode => znode?.czxid ?? '').sort()[0];
    const name = line?.find((_, i) => places[i]?.czxid === oldest);
    await admin.remove(`${root}/leader/${name}`);
    await until('the second to lead', () => epochs(second).length > 0);
    await until('the first to stand by, in line', async () => {
      return epochs(first).length === 0 && (await admin.children(`${root}/leader`))?.length === 2;
    });
  });

  it('does not count on a session that the server ended while the connection was gone', async () => {
    const first = await campaign();
    await until('the lead', () => epochs(first).length > 0);
    const second = await campaign();
    const link = linkOf(first);
    link.refusing = true;
    link.cut();
    await until('the second to lead', () => epochs(second).length > 0);
    expect(() => first.leadership.confirm()).to.throw(LeadershipLost);
    link.refusing = false;
    await until('the first to be in line again', async () => {
      const line = await admin.children(`${root}/leader`);
      return line?.length === 2 && first.leadership.state().role === 'standby';
    });
    expect(epochs(second)).to.have.length(1);
  });

  it('has one znode in line, whatever reply is lost while it is made', async () => {
    for (let lost = 1; lost <= 12; lost++) {
      root = `/installation-${++roots}`;
      const link = await startLink(server.port);
      let replies = 0;
      link.tamper = reply => {
        replies += 1;
        return replies === lost ? undefined : reply;
      };
      const hosts = `127.0.0.1:${link.port}`;
      const registry = new ZooKeeperStateStore({ hosts, root, credential, timeoutMs: 5_000 });
      const leadership = registry.campaign({ host: 'here', now: Date.now });
      await until(`the lead after reply ${lost} was lost`, () => leadership.state().role === 'leader');
      expect((await admin.children(`${root}/leader`))?.length, `reply ${lost}`).to.equal(1);
      await leadership.close();
      expect((await admin.children(`${root}/leader`))?.length).to.equal(0);
      await registry.close();
      await link.close();
    }
  });

  describe('with a controller that is a process of its own', () => {
    const started: ChildProcess[] = [];
    const start = async (timeoutMs: number): Promise<{ child: ChildProcess; lines: string[] }> => {
      const argv = ['--import=tsx', 'test/adapters/zookeeper/contender.ts', String(server.port), root];
      const child = spawn(process.execPath, [...argv, String(timeoutMs)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      started.push(child);
      const lines: string[] = [];
      child.stdout?.on('data', (data: Buffer) => lines.push(...data.toString().split('\n').filter(Boolean)));
      await until('the process to act', () => lines.length > 5);
      return { child, lines };
    };

    afterEach(() => {
      for (const child of started.splice(0)) child.kill('SIGKILL');
    });

    it('takes over at once from one of this machine that was killed, however long its session goes on', async () => {
      const { child } = await start(30_000);
      const second = await campaign(30_000);
      const begun = performance.now();
      child.kill('SIGKILL');
      await until('the second to lead', () => epochs(second).length > 0);
      expect(performance.now() - begun).to.be.below(1_000);
    });

    /** What stops it, and lets it go on; the second of these may be nothing. */
    const halts = {
      'was stopped': ['SIGSTOP', 'SIGCONT'],
      'did nothing but compute': ['SIGUSR2', undefined],
    } as const;
    for (const [how, [stop, go]] of Object.entries(halts)) {
      it(`takes over within its session timeout and a second from one that ${how}, which then acts no more`, async () => {
        const { child, lines } = await start(TIMEOUT_MS);
        const second = await campaign();
        const begun = performance.now();
        child.kill(stop);
        await sleep(100);
        const acted = lines.length;
        await until('the second to lead', () => epochs(second).length > 0);
        // Half a second for the test itself: it runs beside others, and looks now and then
        expect(performance.now() - begun).to.be.below(TIMEOUT_MS + 1_500);
        const written = await admin.get(`${root}/jobs/a.b`);
        if (go) child.kill(go);
        await until('it to notice', () => lines.includes('stands by'));
        await sleep(300);
        // It may still tell of a write that was answered before it was stopped
        expect(lines.slice(acted).filter(line => line.startsWith('acted'))).to.deep.equal([]);
        expect((await admin.get(`${root}/jobs/a.b`))?.version).to.equal(written?.version);
        expect(epochs(second)).to.have.length(1);
      });
    }
  });

  it('says why it cannot join the line', async () => {
    root = `/strange-${++roots}`;
    const acl = digestAcl('somebody:else');
    const stranger = ZooKeeperSession.connect({
      hosts: `127.0.0.1:${server.port}`,
      timeoutMs: 5_000,
      credential: 'somebody:else',
    });
    await stranger.create(root, Buffer.alloc(0), { acl });
    await stranger.close();
    const registry = new ZooKeeperStateStore({
      hosts: `127.0.0.1:${server.port}`,
      root,
      credential,
      timeoutMs: 5_000,
    });
    const leadership = registry.campaign({ host: 'here', now: Date.now });
    await until('a reason', () => {
      const standing = leadership.state();
      return standing.role === 'standby' && /belongs to another credential/.test(standing.problem ?? '');
    });
    await leadership.close();
    await registry.close();
  });
});
