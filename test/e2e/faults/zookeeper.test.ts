import { expect } from 'chai';
import { pause, withoutPort } from './support/cut.js';
import { Rig, ZOOKEEPER_PORT } from './support/rig.js';
import { Scene } from './support/scene.js';
import { faultIt, faultsIt } from './support/table.js';

const SESSION_MS = 3_000;
/** Long enough for the server to declare every session expired. */
const EXPIRED_MS = 2 * SESSION_MS;
/** Not the node that ZooKeeper and the controller are on. */
const ELSEWHERE = 1;

describe('a job whose ZooKeeper has a fault @full', function () {
  this.timeout(180_000);
  let scene: Scene;
  let rig: Rig;

  before(async () => {
    rig = await Rig.create(['--session-timeout', `${SESSION_MS}ms`]);
    scene = await Scene.create(rig);
    await rig.mpiswarm.start();
  });

  after(async () => scene.close());

  /** Each kind of fault; `meanwhile` is done when ZooKeeper is away. */
  const faults: readonly {
    readonly title: string;
    readonly away: (meanwhile: () => Promise<void>) => Promise<void>;
  }[] = [
    {
      title: 'ZooKeeper killed and started again',
      away: async meanwhile => {
        await rig.cluster.killZooKeeper();
        await meanwhile();
        await rig.cluster.startZooKeeper({ port: ZOOKEEPER_PORT });
      },
    },
    {
      title: 'ZooKeeper stopped with SIGSTOP until every session has expired',
      away: async meanwhile => {
        await rig.cluster.pauseZooKeeper();
        await meanwhile();
        await pause(EXPIRED_MS);
        await rig.cluster.resumeZooKeeper();
      },
    },
    {
      title: "controller's link to ZooKeeper swallows everything both ways",
      away: async meanwhile => {
        rig.zooKeeper.blackHole = true;
        await meanwhile();
        await pause(EXPIRED_MS);
        rig.zooKeeper.blackHole = false;
      },
    },
    {
      title: "agents' link to ZooKeeper swallows everything both ways",
      away: meanwhile =>
        withoutPort(rig.cluster, ELSEWHERE, ZOOKEEPER_PORT, async () => {
          await meanwhile();
          await pause(EXPIRED_MS);
        }),
    },
  ];

  for (const [at, { title, away }] of faults.entries()) {
    const moments = ['before the start', 'during the run', 'at the end of the run'];
    faultsIt(
      `is started once, goes on, or has its result, whatever its moment: ${title}`,
      moments.map(moment => `${title}, ${moment}`),
      async () => {
        const [held, running, ending] = [`zk-${at}-held`, `zk-${at}-running`, `zk-${at}-ending`] as const;
        await scene.held({ name: held, node: ELSEWHERE });
        await scene.running({ name: running, node: ELSEWHERE, seconds: 14 });
        await scene.running({ name: ending, node: ELSEWHERE, seconds: 3 });
        await away(async () => {
          await scene.release(held);
          // The last one ends while ZooKeeper is away
          await pause(4_000);
        });
        await rig.sees();
        return Promise.all([held, running, ending].map(name => scene.outcome(name)));
      },
    );
  }

  faultIt(
    'is forgotten when its manifest was removed while ZooKeeper was away',
    'ZooKeeper killed and started again, during the removal',
    async () => {
      const name = 'zk-removal';
      const key = await rig.drop({ name, node: ELSEWHERE });
      await rig.mpiswarm.waitDone(key);
      await rig.cluster.killZooKeeper();
      await rig.mpiswarm.remove(`${name}.yaml`);
      await pause(3_000);
      await rig.cluster.startZooKeeper({ port: ZOOKEEPER_PORT });
      await rig.sees();
      await rig.forgotten(name);
      scene.names.push(name);
      return 'forgotten';
    },
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(scene.names)).to.deep.equal([]);
  });
});
