import { expect } from 'chai';
import { signalDaemon } from '../../../scripts/cluster/node/daemon.js';
import { pause } from './support/cut.js';
import { Rig } from './support/rig.js';
import { Scene } from './support/scene.js';
import { faultIt, faultsIt } from './support/table.js';

/** The node whose engine the controller asks. */
const OURS = 0;
const ELSEWHERE = 1;

describe('a job whose engine has a fault @full', function () {
  this.timeout(240_000);
  let scene: Scene;
  let rig: Rig;

  before(async () => {
    rig = await Rig.create(['--session-timeout', '3s']);
    scene = await Scene.create(rig);
    await rig.mpiswarm.start();
  });

  after(async () => scene.close());

  /** What happens to the engine that the controller asks, while the job is elsewhere. */
  const faults: readonly { readonly title: string; readonly fault: () => Promise<void> }[] = [
    {
      title: "controller's engine killed with SIGKILL and started again",
      fault: async () => {
        await killEngine(OURS);
        await pause(2_000);
        await restart(OURS);
      },
    },
    {
      title: "controller's engine stopped in order and started again",
      fault: async () => {
        await rig.cluster.stopEngine(OURS);
        await restart(OURS);
      },
    },
    {
      title: "controller's engine stopped with SIGSTOP for 5 s",
      fault: () => frozen(OURS, 5_000),
    },
  ];

  for (const [at, { title, fault }] of faults.entries()) {
    faultsIt(
      `is started once, or goes on, whatever its moment: ${title}`,
      [`${title}, before the start`, `${title}, during the run`],
      async () => {
        const [held, running] = [`engine-${at}-held`, `engine-${at}-running`] as const;
        await scene.held({ name: held, node: ELSEWHERE });
        await scene.running({ name: running, node: ELSEWHERE, seconds: 10 });
        await fault();
        await scene.release(held);
        return Promise.all([held, running].map(name => scene.outcome(name, { swarmMayEnd: true })));
      },
    );
  }

  faultIt(
    'has its result when the engine that the controller asks is stopped with SIGSTOP for 30 s',
    "controller's engine stopped with SIGSTOP for 30 s, during the run",
    async () => {
      const name = 'engine-30';
      await scene.running({ name, node: ELSEWHERE, seconds: 10 });
      await frozen(OURS, 30_000);
      return scene.outcome(name);
    },
  );

  faultIt(
    'goes on while the engine of its own node is stopped with SIGSTOP for 8 s',
    "job's engine stopped with SIGSTOP for 8 s, during the run",
    async () => {
      const name = 'engine-own-8';
      await scene.running({ name, node: ELSEWHERE, seconds: 12 });
      await frozen(ELSEWHERE, 8_000);
      return scene.outcome(name);
    },
  );

  faultIt(
    'is run again when the engine of its own node is killed, then its containers, and the engine started again',
    "job's engine killed with SIGKILL, then its containers, and started again, during the run",
    async () => {
      // An engine that is killed while it removes a container forgets to
      await rig.leftovers(scene.names);
      const name = 'engine-own-killed';
      await scene.running({ name, node: ELSEWHERE, seconds: 6 });
      await killEngine(ELSEWHERE);
      await pause(2_000);
      await rig.cluster.killNode(ELSEWHERE);
      await restart(ELSEWHERE);
      return scene.outcome(name, { runs: 2, withinMs: 150_000 });
    },
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(scene.names)).to.deep.equal([]);
  });

  /** The engine alone: its containers live on. */
  async function killEngine(node: number): Promise<void> {
    const { group } = rig.cluster.node(node);
    expect(await signalDaemon(`${group}/engine`, 'dockerd', 'SIGKILL')).to.equal(1);
  }

  async function restart(node: number): Promise<void> {
    // An engine of this kind of cluster cannot find the containers of the one before it
    await rig.cluster.killNode(node);
    await rig.cluster.startEngine(node);
    await rig.cluster.waitForNode(node, 'ready');
  }

  async function frozen(node: number, ms: number): Promise<void> {
    await rig.cluster.pauseEngine(node);
    await pause(ms);
    await rig.cluster.resumeEngine(node);
  }
});
