import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { noteInstallation } from '../../controller/adapters/state-dir/installations.js';
import { down } from '../../controller/compose/down.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { Labels } from '../../controller/core/model/world.js';
import { PortError } from '../../controller/ports/errors.js';
import type { ControllerView } from '../../controller/ports/leadership.js';
import type { Settings } from '../../controller/settings/settings.js';
import { type EngineWith, engineWith, type Thing } from './engine-with.js';

const OWN = 'mpiswarm-zookeeper:2181@node1/mpiswarm';
const OTHER = 'zk9:2181/mpiswarm';

const labels = (part: string, installation?: string): Labels => ({
  [LABEL.part]: part,
  ...(installation === undefined ? {} : { [LABEL.installation]: installation }),
});

/** What an installation has of its own. */
const things = (name: string, installation: string): readonly Thing[] => [
  { kind: 'services', name: `${name}-workers`, labels: labels('run', installation) },
  { kind: 'secrets', name: `${name}-secret`, labels: labels('run', installation) },
  { kind: 'configs', name: `${name}-config`, labels: labels('run', installation) },
  { kind: 'containers', name: `${name}-package`, labels: labels('package', installation) },
];

/** What installations share; one of them made it. */
const SHARED: readonly Thing[] = [
  { kind: 'services', name: 'agent', labels: labels('agent', OWN) },
  { kind: 'networks', name: 'overlay', labels: labels('network', OWN) },
  { kind: 'containers', name: 'zookeeper', labels: labels('zookeeper') },
  { kind: 'volumes', name: 'zookeeper', labels: labels('zookeeper') },
  { kind: 'volumes', name: 'agent', labels: labels('agent') },
];

const FOREIGN: readonly Thing[] = [
  { kind: 'services', name: 'web', labels: {} },
  { kind: 'volumes', name: 'data', labels: {} },
];

const names = (all: readonly Thing[]): readonly string[] => all.map(({ kind, name }) => `${kind} ${name}`);

describe('mpiswarm down', () => {
  let stateDir: string;
  let engine: EngineWith | undefined;

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'mpiswarm-down-'));
    await mkdir(join(stateDir, 'output'));
    await writeFile(join(stateDir, 'zookeeper-credential'), 'mpiswarm:x\n');
  });

  afterEach(async () => {
    await engine?.close();
    engine = undefined;
    await rm(stateDir, { recursive: true });
  });

  interface Around {
    readonly swarm?: object;
    readonly settings?: Partial<Settings>;
    readonly all?: boolean;
    readonly controllers?: readonly ControllerView[];
  }

  /** @returns what it said. */
  async function run(has: readonly Thing[], around: Around = {}): Promise<readonly string[]> {
    engine = await engineWith(has, around.swarm);
    const said: string[] = [];
    const settings = { docker: engine.url, stateDir, zookeeperRoot: '/mpiswarm', ...around.settings };
    await down({
      settings: settings as Settings,
      all: around.all ?? false,
      docker: engineClient(engine.url),
      connect: async () => ({
        controllers: async () => ({ ok: true, value: around.controllers ?? [] }),
        close: async () => undefined,
      }),
      say: line => void said.push(line),
      signal: new AbortController().signal,
    });
    return said;
  }

  async function refusal(has: readonly Thing[], around: Around): Promise<string> {
    try {
      await run(has, around);
    } catch (error) {
      if (error instanceof PortError) return error.message;
      throw error;
    }
    throw new Error('it did not refuse');
  }

  it('removes all that is ours where no other installation has anything, and nothing else', async () => {
    await noteInstallation(stateDir, OWN);
    const said = await run([...things('mine', OWN), ...SHARED, ...FOREIGN]);
    expect(engine?.left()).to.deep.equal(names(FOREIGN));
    expect(said.join('\n')).to.not.include('stay');
    expect(await readdir(stateDir)).to.deep.equal([]);
  });

  it('waits for a container that the engine is removing already', async () => {
    const going: Thing = { kind: 'containers', name: 'late', labels: labels('package', OWN), going: true };
    await run([...things('mine', OWN), going]);
    expect(engine?.left()).to.deep.equal([]);
  });

  it('leaves what another installation has and what both share, and says so', async () => {
    await noteInstallation(stateDir, OWN);
    const theirs = things('theirs', OTHER);
    const said = await run([...things('mine', OWN), ...theirs, ...SHARED]);
    expect(engine?.left()).to.deep.equal(names([...theirs, ...SHARED]));
    for (const thing of ['service theirs-workers', 'secret theirs-secret', 'container theirs-package'])
      expect(said).to.include(`${thing} stays: it belongs to installation ${OTHER}`);
    expect(said.join('\n')).to.include('mpiswarm down --all removes everything');
    expect(await readdir(stateDir)).to.include('zookeeper-credential');
  });

  it('takes a network of another installation for a sign that it is there', async () => {
    const network: Thing = { kind: 'networks', name: 'theirs', labels: labels('network', OTHER) };
    await run([...SHARED, network]);
    expect(engine?.left()).to.deep.equal(names([...SHARED, network]));
  });

  it('leaves things that do not name their installation', async () => {
    const older: Thing = { kind: 'secrets', name: 'older', labels: labels('run') };
    const said = await run([...SHARED, older]);
    expect(engine?.left()).to.deep.equal(names([...SHARED, older]));
    expect(said).to.include('secret older stays: it belongs to an installation that it does not name');
  });

  it('leaves the embedded ZooKeeper where the settings name other servers', async () => {
    const settings = { zookeeper: '10.0.0.1:2181', agentZookeeper: 'zk9:2181' };
    const said = await run([...things('mine', OTHER), ...SHARED], { settings });
    expect(engine?.left()).to.deep.equal(names(SHARED));
    expect(said).to.include(`network overlay stays: it belongs to installation ${OWN}`);
    expect(said).to.include(
      'volume zookeeper stays: it belongs to an installation with the embedded ZooKeeper',
    );
  });

  it('removes the things of every installation with --all', async () => {
    await run([...things('mine', OWN), ...things('theirs', OTHER), ...SHARED, ...FOREIGN], { all: true });
    expect(engine?.left()).to.deep.equal(names(FOREIGN));
  });

  it('refuses on a worker, and on a manager that is not active, and removes nothing there', async () => {
    const worker = {
      LocalNodeState: 'active',
      ControlAvailable: false,
      RemoteManagers: [{ Addr: '10.0.0.7:2377' }],
    };
    for (const all of [false, true]) {
      const message = await refusal([...things('mine', OWN), ...SHARED], { swarm: worker, all });
      expect(message).to.include('is a worker of a swarm; run mpiswarm on a manager (10.0.0.7)');
      expect(message).to.include('nothing was removed');
      expect(engine?.writes).to.deep.equal([]);
      await engine?.close();
    }
    const swarm = { LocalNodeState: 'error', ControlAvailable: false };
    expect(await refusal(SHARED, { swarm })).to.include('swarm state error, expected active');
    expect(engine?.writes).to.deep.equal([]);
  });

  it('goes on with an engine that has left its swarm, and keeps a state directory that it cannot tell to be its own', async () => {
    await noteInstallation(stateDir, OWN);
    const local = SHARED.filter(({ kind }) => kind === 'containers' || kind === 'volumes');
    const said = await run([...local, ...FOREIGN], { swarm: { LocalNodeState: 'inactive' } });
    expect(engine?.left()).to.deep.equal(names(FOREIGN));
    expect(said.at(-1)).to.equal(
      `${stateDir} stays: it belongs to ${OWN}; remove it by hand if it is no longer needed`,
    );
    expect(await readdir(stateDir)).to.include('zookeeper-credential');
  });

  it('leaves the state directory of another installation', async () => {
    await noteInstallation(stateDir, 'mpiswarm-zookeeper:2181@node7/mpiswarm');
    const said = await run(things('mine', OWN));
    expect(said.at(-1)).to.include('stays: it belongs to mpiswarm-zookeeper:2181@node7/mpiswarm');
    expect(await readdir(stateDir)).to.include.members(['zookeeper-credential', 'output']);
    await engine?.close();
    await rm(join(stateDir, 'installations'));
    expect((await run(things('mine', OWN))).at(-1)).to.include('does not name its installation');
    expect(await readdir(stateDir)).to.include.members(['zookeeper-credential', 'output']);
  });

  it('leaves a state directory that another installation uses too until that one goes', async () => {
    await noteInstallation(stateDir, OWN);
    await noteInstallation(stateDir, OTHER);
    expect((await run(things('mine', OWN))).at(-1)).to.include(`stays: it belongs to ${OTHER} too`);
    await engine?.close();
    await run(things('theirs', OTHER), { settings: { zookeeper: 'zk9:2181' } });
    // Their servers still hold znodes that only this credential opens
    expect(await readdir(stateDir)).to.deep.equal(['zookeeper-credential']);
  });

  it('refuses while a controller runs, and not because of one that was killed', async () => {
    const controller = { host: hostname(), pid: process.pid, since: 0 };
    const settings = { zookeeper: 'zk9:2181' };
    const around = { settings, controllers: [controller] };
    expect(await refusal(things('mine', OTHER), around)).to.equal(
      `a controller runs (process ${process.pid} on ${hostname()}); stop it first; nothing was removed`,
    );
    expect(engine?.writes).to.deep.equal([]);
    await engine?.close();
    const elsewhere = { ...controller, host: 'elsewhere', pid: 7 };
    expect(await refusal(things('mine', OTHER), { settings, controllers: [elsewhere] })).to.include(
      'process 7 on elsewhere',
    );
    await engine?.close();
    // Above the largest that Linux gives
    const killed = { ...controller, pid: 2 ** 22 + 1 };
    await run(things('mine', OTHER), { settings, controllers: [killed] });
    expect(engine?.left()).to.deep.equal([]);
  });
});
