import { expect } from 'chai';
import { pause, setAvailability, setHeartbeat } from './support/cut.js';
import { launchersNode, withoutNode, workersNode } from './support/nodes.js';
import { Rig } from './support/rig.js';
import { Scene } from './support/scene.js';
import { faultIt, faultsIt } from './support/table.js';

/** Nine seconds until a silent node is Down: sooner than usual, and not within a cut that the job is to survive. */
const HEARTBEAT_S = 3;
const USUAL_HEARTBEAT_S = 5;
/** Enough that every node has a worker. */
const FOUR = { replicas: 4 };
/** A launcher that is not heard of counts as lost 30 s after it has ended its command. */
const LOST_MS = 200_000;

describe('a job that loses a node @full', function () {
  this.timeout(300_000);
  let scene: Scene;
  let rig: Rig;

  before(async () => {
    rig = await Rig.create(['--session-timeout', '3s']);
    scene = await Scene.create(rig);
    await setHeartbeat(rig.cluster, HEARTBEAT_S);
    await rig.mpiswarm.start();
  });

  after(async () => {
    await setHeartbeat(rig.cluster, USUAL_HEARTBEAT_S);
    await scene.close();
  });

  faultIt(
    'is started once when the node of a worker is cut off and comes back before the start',
    "worker's node cut off for 8 s, before the start",
    async () => {
      const name = 'cut-early';
      await scene.held({ name, workers: FOUR });
      await cutFor(await workersNode(rig.cluster, name), 8_000);
      await scene.release(name);
      return scene.outcome(name);
    },
  );

  faultIt(
    'goes on when the node of a worker is cut off for 2 s while mpirun runs',
    "worker's node cut off for 2 s, during the run",
    async () => {
      const name = 'cut-short';
      await scene.running({ name, workers: FOUR, seconds: 8 });
      await cutFor(await workersNode(rig.cluster, name), 2_000);
      return scene.outcome(name);
    },
  );

  faultIt(
    'is run again elsewhere when its node is drained while mpirun runs, although no attempt may follow a failed one',
    "launcher's node drained, during the run",
    async () => {
      const name = 'drained';
      const spec = { runPolicy: { backoffLimit: 0 } };
      await scene.running({ name, workers: { replicas: 1, ...notOnFirst() }, seconds: 10, spec });
      const node = await launchersNode(rig.cluster, name);
      await setAvailability(rig.cluster, node, 'drain');
      try {
        const outcome = await scene.outcome(name, { runs: 2 });
        const [run] = scene.ended(name).status.runs;
        expect(run?.disruption, JSON.stringify(run)).to.include({ reason: 'NodeDrained' });
        return outcome;
      } finally {
        await setAvailability(rig.cluster, node, 'active');
      }
    },
  );

  faultsIt(
    'is started once, or run again elsewhere, when a node is lost for good, whatever of the job was on it',
    [
      "worker's node lost for good, before the start",
      'node lost for good, before the start',
      "worker's node lost for good, during the run",
      "launcher's node lost for good, during the run",
    ],
    async () => {
      const [early, other, late, last] = ['lost-early', 'lost-other', 'lost-late', 'lost-launcher'] as const;
      await scene.held({ name: early, workers: FOUR });
      await scene.held({ name: other, workers: notOnFirst() });
      // A launcher that is cut off would be waited for until a person says that its node is gone
      const spec = { runPolicy: { backoffLimit: 1, unreachable: 'Kill', unreachableSeconds: 10 } };
      await scene.running({ name: late, workers: FOUR, seconds: 20, spec });
      await scene.running({ name: last, workers: notOnFirst(), seconds: 15, spec });
      const node = await launchersNode(rig.cluster, last);
      return withoutNode(rig.cluster, node, async () => {
        // Until somebody notices, a job would be started with what is lost, and be run again
        await rig.cluster.waitForNode(node, 'down', 0);
        for (const name of [early, other]) await scene.release(name);
        const once = [early, other].map(name => scene.outcome(name, { withinMs: LOST_MS }));
        const again = [late, last].map(name => scene.outcome(name, { runs: 2, withinMs: LOST_MS }));
        const outcomes = await Promise.all([...once, ...again]);
        const { status } = scene.ended(last);
        // A worker of it may have been on that node, too
        expect(status.runs[0]?.reason).to.be.oneOf(['LauncherLost', 'WorkerLost']);
        return outcomes;
      });
    },
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(scene.names)).to.deep.equal([]);
  });

  function notOnFirst(): Readonly<Record<string, unknown>> {
    return { placement: { constraints: [`node.hostname!=${rig.cluster.node(0).hostname}`] } };
  }

  async function cutFor(node: number, ms: number): Promise<void> {
    await rig.cluster.cutOff(node);
    await pause(ms);
    await rig.cluster.reconnect(node);
    await rig.cluster.waitForNode(node, 'ready', 0);
  }
});
