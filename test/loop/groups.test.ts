import { expect } from 'chai';
import { LABEL } from '../../controller/core/model/names.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import type { FakeTask } from '../fakes/cluster.js';
import { groupedManifest, Scene } from './scene.js';

const KEY = 'default/ring';
const TWO = [
  { name: 'gpu', replicas: 1, slots: 2 },
  { name: 'cpu', replicas: 2 },
] as const;

function dropped(spec: Parameters<typeof groupedManifest>[2] = {}): Scene {
  const world = new Scene();
  world.manifests.put('ring.yaml', groupedManifest('ring', TWO, spec));
  return world;
}

function serviceOf(world: Scene, group: string): string {
  const found = world.cluster.services.find(({ spec }) => spec.labels[LABEL.group] === group);
  if (!found) throw new Error(`no service of group ${group}`);
  return found.id;
}

function taskOf(world: Scene, group: string, slot: number): FakeTask {
  const service = serviceOf(world, group);
  const found = world.cluster.tasks.find(task => task.service === service && task.slot === slot);
  if (!found) throw new Error(`no task ${slot} of group ${group}`);
  return found;
}

describe('a job with two groups of workers', () => {
  for (const mode of ['Dedicated', 'Worker0'] as const) {
    it(`runs to done with its ranks in the order of the groups, launcher ${mode}`, async () => {
      const world = dropped({ launcher: { mode } });
      await world.untilDone(KEY);
      const { status } = world.job(KEY);
      expect(status).to.include({ outcome: 'Succeeded', reason: 'Completed' });
      const places = expandPlacement(status.runs[0]?.placement ?? []);
      expect(places.map(({ rank, worker }) => [rank, worker])).to.deep.equal([
        [0, 0],
        [1, 0],
        [2, 1],
        [3, 2],
      ]);
      expect(status.workers.map(({ group }) => group)).to.deep.equal(['gpu', 'cpu', 'cpu']);
    });
  }

  it('leaves only the ended launcher, and nothing when its manifest is removed', async () => {
    const world = dropped();
    await world.untilDone(KEY);
    expect(world.remains().filter(line => line.includes('-workers'))).to.deep.equal([]);
    world.manifests.remove('ring.yaml');
    await world.until('the job is gone', () => world.find(KEY) === undefined);
    await world.rounds(5);
    expect(world.remains()).to.deep.equal([]);
  });

  it('recreates only the group that was scaled or removed from outside before the start', async () => {
    const world = dropped();
    world.agents.sshErrors.set(2, 'connection refused');
    const made = () => world.cluster.services.filter(({ spec }) => spec.labels[LABEL.group] !== undefined);
    await world.until('both groups are there', () => made().length === 2);
    const before = { gpu: serviceOf(world, 'gpu'), cpu: serviceOf(world, 'cpu') };
    world.cluster.removeService(before.cpu);
    await world.until('the group is there again', () => made().length === 2);
    expect(serviceOf(world, 'gpu')).to.equal(before.gpu);
    expect(serviceOf(world, 'cpu')).to.not.equal(before.cpu);
    world.agents.sshErrors.clear();
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(1);
  });

  it('names a lost worker of its second group by its name in the group', async () => {
    const world = dropped();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('started', () => world.agents.ledger.length === 1);
    world.cluster.end(taskOf(world, 'cpu', 2), 137);
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'WorkerLost' });
    expect(status.message).to.match(/^worker 2 \(cpu\) on node n\d: container ended with exit code 137;/);
  });

  it('names the group that was not ready at its start deadline', async () => {
    const world = dropped({ runPolicy: { startDeadlineSeconds: 20 } });
    world.agents.sshErrors.set(0, 'connection refused by 10.0.1.2:2022');
    await world.untilDone(KEY);
    expect(world.job(KEY).status.message).to.match(
      /^mpirun was not started within 20 s, it did not become ssh-ready: worker 0 \(gpu\): connection refused/,
    );
  });

  it('starts a new run when one of its groups is edited', async () => {
    const world = dropped();
    await world.untilDone(KEY);
    const [gpu, cpu] = TWO;
    world.manifests.put('ring.yaml', groupedManifest('ring', [gpu, { ...cpu, slots: 2 }]));
    await world.until(
      'a second run is done',
      () =>
        world.job(KEY).status.runs.at(-1)?.outcome !== undefined &&
        world.job(KEY).generation === 2 &&
        world.job(KEY).status.phase === 'done',
    );
    const { status } = world.job(KEY);
    expect(status.events.map(({ message }) => message)).to.include('generation 2: spec.workers changed');
    expect(status.runs.at(-1)?.placement?.map(([, , ranks]) => ranks)).to.deep.equal(['0-1', '2-3', '4-5']);
  });

  it('waits as a whole while one group has no room, and makes nothing', async () => {
    const world = new Scene();
    const asks = (cpu: string) => ({ resources: { requests: { cpu } } });
    const [gpu, cpu] = TWO;
    const text = (much: string) =>
      groupedManifest('ring', [
        { ...gpu, ...asks('1') },
        { ...cpu, ...asks(much) },
      ]);
    world.manifests.put('ring.yaml', text('5'));
    await world.rounds(30);
    expect(world.job(KEY).status).to.include({
      phase: 'pending',
      reason: 'Unschedulable',
      message:
        'needs 1 worker of 1 CPU (gpu), 2 workers of 5 CPU (cpu): even when they are empty, the nodes have room for none of the workers of group cpu',
    });
    expect(world.remains()).to.deep.equal([]);
    world.manifests.put('ring.yaml', text('2'));
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });
});
