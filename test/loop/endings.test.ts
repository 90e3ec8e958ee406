import { expect } from 'chai';
import { PortError } from '../../controller/ports/errors.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

function scene(spec: Parameters<typeof manifest>[1] = {}): Scene {
  const fresh = new Scene();
  fresh.manifests.put('ring.yaml', manifest('ring', spec));
  return fresh;
}

describe('a job whose program fails', () => {
  it('is Failed with the exit code and last output of the program, and its output is kept', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { exitCode: 7, stdout: 'half way\n', stderr: 'no such matrix\n' });
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', exitCode: 7, reason: 'NonZeroExitCode' });
    expect(status.message).to.contain('no such matrix');
    expect(world.outputs.text(status.runs[0]?.id ?? '')).to.equal('half way\nno such matrix\n');
  });

  it('runs as often as its back-off limit allows, each time as a new run, and pauses longer each time', async () => {
    const world = scene({ runPolicy: { backoffLimit: 2 } });
    world.agents.programs.set(KEY, { exitCode: 7 });
    await world.untilDone(KEY);
    const { runs } = world.job(KEY).status;
    expect(runs.map(run => run.outcome)).to.deep.equal(['Failed', 'Failed', 'Failed']);
    expect(new Set(world.agents.ledger.map(({ run }) => run)).size).to.equal(3);
    const pauses = runs.slice(1).map((run, i) => run.createdAt - (runs[i]?.endedAt ?? 0));
    expect(pauses[0]).to.be.within(10_000, 11_000);
    expect(pauses[1]).to.be.within(20_000, 21_000);
  });

  it('keeps to a back-off limit that is larger than the number of runs that are remembered', async () => {
    const world = scene({ runPolicy: { backoffLimit: 24 } });
    world.agents.programs.set(KEY, { exitCode: 7 });
    const fast = () => {
      world.runtime.advance(20_000);
      return world.find(KEY)?.status.phase === 'done';
    };
    await world.until('done', fast, 3_000);
    expect(world.agents.ledger).to.have.length(25);
    expect(world.outputs.runs.size).to.equal(world.job(KEY).status.runs.length);
  });
});

describe('the output of a job', () => {
  it('is stored completely although the engine returns only half of it at first', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { stdout: 'first half, second half\n' });
    const { output } = world.swarm;
    world.swarm.output = async function* (service) {
      world.swarm.output = output;
      for await (const chunk of output.call(world.swarm, service)) {
        yield { ...chunk, data: chunk.data.slice(0, 11) };
        return;
      }
    };
    await world.untilDone(KEY);
    const run = world.job(KEY).status.runs[0]?.id ?? '';
    expect(world.outputs.text(run)).to.equal('first half, second half\n');
  });
});

describe('ranks in the wrong place', () => {
  it('make a job Failed although mpirun exited with 0', async () => {
    const world = scene();
    const placements = [{ worker: 0, ranks: [0, 1] }];
    world.agents.programs.set(KEY, { placements });
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', exitCode: 0, reason: 'RanksMisplaced' });
    expect(status.message).to.contain('rank 1 ran on worker 0, expected worker 1');
  });

  it('include ranks that reported no place', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { placements: [{ worker: 0, ranks: [0] }] });
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'RanksMisplaced' });
  });
});

describe('a job that waits', () => {
  it('shows the engine’s message while its image is unavailable, and runs once the image is there', async () => {
    const world = scene();
    world.images.missing.set('ring:1', 'manifest for ring:1 not found');
    const waiting = () => world.find(KEY)?.status.waitingOn.find(w => w.reason === 'ImageUnavailable');
    await world.until('it says so', () => waiting() !== undefined);
    expect(waiting()?.message).to.contain('manifest for ring:1 not found');
    await world.rounds(60);
    expect(world.images.asked.length).to.be.within(2, 3);
    world.images.missing.clear();
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('names the worker that SSH does not reach, since when and why', async () => {
    const world = scene();
    world.agents.sshErrors.set(1, 'connection refused by 10.0.1.7:2022');
    const waiting = () => world.find(KEY)?.status.waitingOn.find(w => w.reason === 'SSHFailed');
    await world.until('it says so', () => waiting() !== undefined);
    const { since, message } = waiting() ?? {};
    expect(message).to.contain('worker 1: connection refused by 10.0.1.7:2022');
    await world.rounds(10);
    expect(waiting()?.since).to.equal(since);
    expect(world.agents.ledger).to.deep.equal([]);
    world.agents.sshErrors.clear();
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('fails when its start deadline passes, and leaves no container behind that still runs', async () => {
    const world = scene({ runPolicy: { startDeadlineSeconds: 30 } });
    world.agents.sshErrors.set(1, 'connection refused by 10.0.1.7:2022');
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'StartDeadlineExceeded' });
    expect(status.message).to.contain('worker 1: connection refused');
    expect(world.cluster.tasks.filter(task => task.state === 'running')).to.deep.equal([]);
  });

  it('fails at once when an image lacks what every worker needs', async () => {
    const world = scene({ runPolicy: { backoffLimit: 3 } });
    world.agents.fault = 'sshd is not in the image; install openssh-server';
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'WorkerFault' });
    expect(status.runs).to.have.length(1);
    expect(world.cluster.tasks.filter(task => task.state === 'running')).to.deep.equal([]);
  });

  it('says why Swarm places no container', async () => {
    const world = scene({ workers: { replicas: 4, maxPerNode: 1 } });
    const waiting = () => world.find(KEY)?.status.waitingOn.find(w => w.reason === 'Unschedulable');
    await world.until('it says so', () => waiting() !== undefined);
    expect(waiting()?.message).to.contain('no suitable node');
    world.cluster.addNode('n4');
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('goes on when a worker is replaced before the start', async () => {
    const world = scene();
    world.agents.sshErrors.set(0, 'connection refused by 10.0.1.7:2022');
    await world.until(
      'workers registered',
      () => [...world.stateStore.runs.values()][0]?.registrations.size === 2,
    );
    const worker = world.cluster.tasks.find(task => task.slot === 2);
    if (!worker) throw new Error('there is no second worker');
    world.cluster.end(worker, 1, 'out of memory');
    await world.rounds(10);
    world.agents.sshErrors.clear();
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(1);
  });
});

describe('a job that has started', () => {
  async function started(spec: Parameters<typeof manifest>[1] = {}): Promise<Scene> {
    const world = scene(spec);
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    return world;
  }

  it('fails when its launcher is lost, and does not start again by itself', async () => {
    const world = await started();
    const launcher = world.cluster.tasks.find(task => task.id === world.agents.ledger[0]?.task);
    if (!launcher) throw new Error('there is no launcher');
    world.cluster.end(launcher, 137, 'task: non-zero exit (137)');
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'LauncherLost', exitCode: 137 });
    expect(world.agents.ledger).to.have.length(1);
  });

  it('is not started again when ZooKeeper forgets its run', async () => {
    const world = await started();
    world.stateStore.runs.clear();
    await world.rounds(20);
    const launcher = world.cluster.tasks.find(task => task.id === world.agents.ledger[0]?.task);
    if (launcher) world.cluster.end(launcher, 137);
    await world.untilDone(KEY);
    expect(world.agents.ledger).to.have.length(1);
    expect(world.job(KEY).status.outcome).to.equal('Failed');
  });

  it('is stopped at its deadline', async () => {
    const world = await started({ runPolicy: { activeDeadlineSeconds: 60 } });
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'DeadlineExceeded' });
    const { startTime = 0, completionTime = 0 } = status;
    expect(completionTime - startTime).to.be.within(60_000, 62_000);
  });

  it('has succeeded when it ended in time, even if that is seen only after its deadline', async () => {
    const world = await started({ runPolicy: { activeDeadlineSeconds: 60 } });
    world.agents.programs.set(KEY, {});
    for (let steps = 0; steps < 10; steps += 1) world.step();
    world.runtime.advance(600_000);
    world.restart();
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded', exitCode: 0 });
  });

  it('ends although its launcher does not answer the request to stop', async () => {
    const world = await started();
    world.agents.step = () => false;
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cancel: true } }));
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Cancelled', reason: 'CancelRequested' });
    expect(world.remains()).to.deep.equal([]);
  });
});

describe('a finished job whose removal is refused', () => {
  it('says so while it lasts, and is gone once it is removed', async () => {
    const world = scene({ runPolicy: { cleanUpPolicy: 'None' } });
    world.manifests.put('pi.yaml', manifest('pi', { runPolicy: { suspend: true } }));
    await world.untilDone(KEY);
    const { swarm } = world;
    const remove = swarm.removeService.bind(swarm);
    swarm.removeService = async () => {
      throw new PortError('blocked', 'remove service ring: 403 not allowed here');
    };
    world.manifests.remove('ring.yaml');
    await world.rounds(100);
    const { status } = world.job(KEY);
    expect(status.outcome).to.equal('Succeeded');
    expect(status.waitingOn.map(({ for: rung, reason, message }) => [rung, reason, message])).to.deep.equal([
      ['done', 'Refused', 'remove service ring: 403 not allowed here'],
    ]);
    const written = world.effects.log.length;
    await world.rounds(20);
    expect(world.effects.log, 'writes while nothing changes').to.have.length(written);
    swarm.removeService = remove;
    await world.until('removed', () => !world.stateStore.jobs.has(KEY));
    expect(world.remains()).to.deep.equal([]);
  });
});
