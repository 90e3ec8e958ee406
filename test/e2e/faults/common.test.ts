import { expect } from 'chai';
import { pause, setHeartbeat } from './support/cut.js';
import { type Disturbance, disturbed, inLanes } from './support/disturb.js';
import { MOMENTS } from './support/effects.js';
import { workersNode } from './support/nodes.js';
import { Rig, ZOOKEEPER_PORT } from './support/rig.js';
import { Scene } from './support/scene.js';
import { faultIt, faultsIt } from './support/table.js';

/** Six seconds until a silent node is Down. */
const HEARTBEAT_S = 2;
const USUAL_HEARTBEAT_S = 5;
/** The node that ZooKeeper and the controller are on, which is not lost. */
const SAFE = 0;
const LOST = 'node-lost';
/** Enough that every node has a worker. */
const FOUR = { replicas: 4 };

/** Of all effects of a controller, the ones that decide most: each is one of those in controller-killed.test.ts. */
const EFFECTS: readonly Disturbance[] = [
  { moment: momentOf('create start of run'), side: 'before', how: 'kill' },
  { moment: momentOf('store record: mpirun runs'), side: 'before', how: 'kill' },
  { moment: momentOf('remove service launcher'), side: 'after', how: 'kill' },
];

/**
 * The faults that each run of the tests has; all others are in the files beside this one. A node is lost at the beginning, as it takes a
 * minute until its job is run again; what else happens meanwhile happens to jobs on another node.
 */
describe('a job that meets a common fault', function () {
  this.timeout(240_000);
  let scene: Scene;
  let rig: Rig;
  let lostNode: number | undefined;

  before(async () => {
    rig = await Rig.create(['--session-timeout', '3s']);
    scene = Scene.ungated(rig);
    await setHeartbeat(rig.cluster, HEARTBEAT_S);
    await rig.mpiswarm.start();
    await scene.running({ name: LOST, workers: FOUR, seconds: 6 });
    lostNode = await workersNode(rig.cluster, LOST);
    await rig.cluster.killNode(lostNode);
  });

  /** The node is back when this returns. */
  async function restore(): Promise<void> {
    if (lostNode === undefined) return;
    await rig.cluster.startEngine(lostNode);
    await rig.cluster.waitForNode(lostNode, 'ready', SAFE);
    lostNode = undefined;
  }

  after(async () => {
    await restore();
    await setHeartbeat(rig.cluster, USUAL_HEARTBEAT_S);
    await scene.close();
  });

  faultsIt(
    'ends the same when the controller is killed before the start, when mpirun runs, or at the removal',
    ['before the start', 'when mpirun runs', 'at the removal'].map(
      at => `controller killed with SIGKILL ${at}`,
    ),
    () =>
      inLanes(
        EFFECTS.map((one, at) => () => disturbed({ rig, names: scene.names }, `controller-${at}`, one)),
      ),
  );

  const moments = ['during the run', 'at the end of the run'];
  faultsIt(
    'goes on, and has its result, when ZooKeeper is killed and started again',
    moments.map(moment => `ZooKeeper killed and started again, ${moment}`),
    async () => {
      await Promise.all([
        scene.running({ name: 'zookeeper-running', node: SAFE, seconds: 10 }),
        scene.running({ name: 'zookeeper-ending', node: SAFE, seconds: 3 }),
      ]);
      await rig.cluster.killZooKeeper();
      // The second one ends while ZooKeeper is away
      await pause(3_000);
      await rig.cluster.startZooKeeper({ port: ZOOKEEPER_PORT });
      await rig.sees();
      return Promise.all(['zookeeper-running', 'zookeeper-ending'].map(name => scene.outcome(name)));
    },
  );

  faultIt(
    'is run again on the other nodes when the node of a worker is lost for good while mpirun runs',
    "worker's node lost for good, during the run",
    async () => {
      try {
        return await scene.outcome(LOST, { runs: 2, withinMs: 120_000 });
      } finally {
        await restore();
      }
    },
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(scene.names)).to.deep.equal([]);
  });
});

function momentOf(title: string) {
  const found = MOMENTS.find(moment => moment.title === title);
  if (!found) throw new Error(`there is no effect "${title}"`);
  return found;
}
