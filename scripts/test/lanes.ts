import { ROWS_VARIABLE } from '../../test/e2e/faults/support/table.js';
import type { BuiltImage } from '../images/cache.js';
import { type Prepared, startPrepared } from '../prepare/cluster.js';
import { laneNames } from './clusters.js';
import { type Context, runJob, type Surroundings } from './context.js';
import type { Job, Plan } from './plan.js';
import { duration } from './report/printer.js';

const NODES = 3;
/** Tests that only compute leave the processors to tests that watch the clock. */
const NICE = ['nice', '-n', '10'];

/**
 * Runs everything. What only computes runs side by side with the clusters, whose tests mostly wait for Swarm; tests
 * with engines of their own follow, one file after the other.
 */
export async function runPlan(plan: Plan, images: readonly BuiltImage[], context: Context): Promise<void> {
  const isAlone = plan.machine.length === 0 && plan.cluster.length === 0;
  const computing: Surroundings = isAlone ? {} : { prefix: NICE };
  const machine: Surroundings = { env: { MPISWARM_TEST_CLUSTER_NAME: context.args.cluster } };
  const inTurn = async (jobs: readonly Job[], where: Surroundings): Promise<void> => {
    for (const job of jobs) await runJob(job, where, context);
  };
  await Promise.all([
    Promise.all(plan.unit.map(job => runJob(job, computing, context))).then(() =>
      inTurn(plan.machine, machine),
    ),
    inTurn(plan.simulation, computing),
    runClusters(plan.cluster, images, context),
  ]);
}

/** One cluster after the other is started, and each takes tests from the queue as soon as it is there. */
async function runClusters(
  jobs: readonly Job[],
  images: readonly BuiltImage[],
  context: Context,
): Promise<void> {
  const queue = [...jobs];
  const lanes: Promise<void>[] = [];
  for (const name of laneNames(context.args.cluster, Math.min(context.args.lanes, jobs.length))) {
    const cluster = await started(name, images, context);
    lanes.push(runQueue(queue, cluster, context));
    if (queue.length === 0) break;
  }
  await Promise.all(lanes);
}

async function started(name: string, images: readonly BuiltImage[], { say }: Context): Promise<Prepared> {
  const from = performance.now();
  const prepared = await startPrepared(name, NODES, () => undefined, images);
  say(`── cluster ${name}: ${NODES} nodes, ready after ${duration(performance.now() - from)}`);
  return prepared;
}

async function runQueue(
  queue: Job[],
  { cluster, prefix, docker }: Prepared,
  context: Context,
): Promise<void> {
  const env = {
    MPISWARM_TEST_DOCKER: docker,
    MPISWARM_TEST_CLUSTER: cluster.name,
    [ROWS_VARIABLE]: context.faultRows,
  };
  try {
    for (let job = queue.shift(); job !== undefined; job = queue.shift())
      await runJob(job, { lane: cluster.name, prefix, env }, context);
  } finally {
    if (!context.args.keep) await cluster.clean();
  }
}
