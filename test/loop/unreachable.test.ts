import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
/** All of it is in one container. */
const LONE = { launcher: { mode: 'Worker0' }, workers: { replicas: 1 } } as const;
const SECOND = 1_000;

type Policy = NonNullable<Parameters<typeof manifest>[1]>['runPolicy'];

class Cut extends Scene {
  /** A job that runs on one node alone, which is then cut off. */
  static async of(runPolicy: Policy = {}): Promise<Cut> {
    const world = new Cut();
    world.put(runPolicy);
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    await world.rounds(5);
    world.cluster.nodeDown(world.host);
    return world;
  }

  put(runPolicy: Policy): void {
    this.manifests.put(
      'ring.yaml',
      manifest('ring', { ...LONE, runPolicy: { backoffLimit: 3, ...runPolicy } }),
    );
  }

  /** Host name of the node on which the first mpirun was started. */
  get host(): string {
    const task = this.cluster.tasks.find(({ id }) => id === this.agents.ledger[0]?.task);
    const node = this.cluster.nodes.find(({ id }) => id === task?.node);
    if (!node) throw new Error('nothing was started');
    return node.hostname;
  }

  get starts(): number {
    return this.agents.ledger.length;
  }

  seconds(count: number): Promise<void> {
    return this.rounds(count, SECOND);
  }
}

describe('a job whose launcher is cut off while its command goes on', () => {
  it('is not started elsewhere, for however long, and says what it waits for', async () => {
    const world = await Cut.of();
    await world.seconds(3_600);
    expect(world.starts).to.equal(1);
    expect(world.agents.alive.size, 'nothing has ended it').to.equal(1);
    const { status } = world.job(KEY);
    expect(status.waitingOn.map(({ reason }) => reason)).to.include('LauncherUnreachable');
    expect(status.conditions.find(({ type }) => type === 'Running')).to.include({
      status: 'Unknown',
      reason: 'LauncherUnreachable',
    });
  });

  it('goes on when Swarm hears of the node again before it gives up what is there', async () => {
    const world = await Cut.of();
    for (const task of world.cluster.tasks) if (task.slot > 0) task.desired = 'running';
    await world.seconds(120);
    world.cluster.nodeUp(world.host);
    await world.seconds(60);
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded' });
    expect(world.starts).to.equal(1);
  });

  it('is started elsewhere once the node is back and Swarm has stopped what was there', async () => {
    const world = await Cut.of();
    await world.seconds(300);
    world.cluster.nodeUp(world.host);
    await world.until('started again', () => world.starts === 2);
    expect(world.agents.alive.size, 'one at a time').to.equal(1);
  });

  it('is started elsewhere once the node is removed from the swarm', async () => {
    const world = await Cut.of();
    await world.seconds(300);
    world.cluster.removeNode(world.host);
    await world.until('started again', () => world.starts === 2);
    expect(world.job(KEY).status.runs[0]).to.include({ outcome: 'Failed', reason: 'LauncherLost' });
  });

  it('is started elsewhere when a person reruns it, and not when they edit, or suspend and resume it', async () => {
    const world = await Cut.of();
    world.put({ suspend: true });
    await world.seconds(300);
    world.put({ suspend: false });
    await world.seconds(300);
    const edit = { ...LONE, args: ['more'], runPolicy: { backoffLimit: 3 } };
    world.manifests.put('ring.yaml', manifest('ring', edit));
    await world.seconds(300);
    expect(world.starts).to.equal(1);
    world.put({ rerun: 'now' });
    await world.until('started again', () => world.starts === 2);
  });
});

describe('a job whose launcher ends its command when it is cut off', () => {
  const KILL = { unreachable: 'Kill', unreachableSeconds: 60 } as const;

  it('is started elsewhere after the time for that, the grace time and 30 s', async () => {
    const world = await Cut.of(KILL);
    await world.seconds(94);
    expect(world.agents.alive.size, 'ended by its launcher').to.equal(0);
    expect(world.job(KEY).status.runs[0]).to.not.have.property('outcome');
    await world.seconds(3);
    expect(world.job(KEY).status.runs[0]).to.include({ outcome: 'Failed', reason: 'LauncherLost' });
    await world.until('started again', () => world.starts === 2);
  });

  it('waits for all of that time again after a change of the leader, and whatever the clock says', async () => {
    const world = await Cut.of(KILL);
    await world.seconds(90);
    world.restart();
    world.runtime.jump(3_600 * SECOND);
    await world.seconds(90);
    expect(world.job(KEY).status.runs[0]).to.not.have.property('outcome');
    await world.seconds(10);
    expect(world.job(KEY).status.runs[0]).to.include({ outcome: 'Failed' });
  });

  it('ends, too, when ZooKeeper is silent for longer, and is started again', async () => {
    const world = await Cut.of(KILL);
    world.cluster.nodeUp(world.host);
    for (const task of world.cluster.tasks) if (task.slot > 0) task.desired = 'running';
    for (let second = 0; second < 61; second += 1) {
      world.runtime.advance(SECOND);
      world.agents.step(true);
    }
    expect(world.agents.alive.size).to.equal(0);
    await world.until('ended', () => world.job(KEY).status.runs[0]?.outcome !== undefined);
    const [run] = world.job(KEY).status.runs;
    expect(run).to.include({ reason: 'LauncherLost' });
    expect(run?.message).to.equal('the launcher ended mpirun because ZooKeeper did not answer for 60 s');
    await world.until('started again', () => world.starts === 2);
  });
});
