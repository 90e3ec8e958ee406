import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

async function running(): Promise<Scene> {
  const world = new Scene();
  world.agents.programs.set(KEY, { endless: true });
  world.manifests.put('ring.yaml', manifest('ring'));
  await world.until('running', () => world.find(KEY)?.status.phase === 'running');
  return world;
}

async function succeeded(spec: Parameters<typeof manifest>[1] = {}): Promise<Scene> {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', spec));
  await world.untilDone(KEY);
  await world.rounds(1);
  return world;
}

describe('a manifest that is edited', () => {
  it('stops the old run and starts a new one when what runs changed', async () => {
    const world = await running();
    world.agents.programs.set(KEY, {});
    world.manifests.put('ring.yaml', manifest('ring', { workers: { replicas: 3 } }));
    await world.until('second run done', () => world.find(KEY)?.status.outcome === 'Succeeded');
    const { generation, status } = world.job(KEY);
    expect(generation).to.equal(2);
    expect(status.runs.map(run => run.generation)).to.deep.equal([1, 2]);
    expect(world.agents.ledger).to.have.length(2);
    const old = status.runs[0]?.id ?? '';
    expect(world.remains().filter(name => name.includes(old))).to.deep.equal([]);
  });

  it('does not start the new run before everything of the old one is gone', async () => {
    const world = await running();
    world.manifests.put('ring.yaml', manifest('ring', { args: ['x'] }));
    const old = world.job(KEY).status.runs[0]?.id ?? '';
    await world.until('second run', () => world.job(KEY).status.runs.length === 2);
    expect(world.remains().filter(name => name.includes(old))).to.deep.equal([]);
  });

  it('restarts nothing when only policy, labels or annotations changed', async () => {
    const world = await running();
    world.manifests.put(
      'ring.yaml',
      manifest('ring', { runPolicy: { ttlSecondsAfterFinished: 600, backoffLimit: 4 } }),
    );
    await world.rounds(20);
    expect(world.job(KEY).generation).to.equal(1);
    expect(world.job(KEY).manifest.spec.runPolicy.backoffLimit).to.equal(4);
    expect(world.agents.ledger).to.have.length(1);
    expect(world.job(KEY).status.phase).to.equal('running');
  });

  it('runs again when the rerun token changes', async () => {
    const world = await succeeded({ runPolicy: { rerun: 'first' } });
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { rerun: 'second' } }));
    await world.until('second run done', () => world.agents.ledger.length === 2);
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded', observedGeneration: 2 });
  });

  it('stops and keeps the job on suspend, and starts a new run afterwards', async () => {
    const world = await running();
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { suspend: true } }));
    await world.until('suspended', () => world.job(KEY).status.reason === 'Suspended');
    await world.rounds(20);
    expect(world.remains()).to.deep.equal([]);
    expect(world.job(KEY).status).to.include({ phase: 'pending', reason: 'Suspended' });
    world.agents.programs.set(KEY, {});
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(2);
  });

  it('never starts a job that is suspended from the beginning', async () => {
    const world = new Scene();
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { suspend: true } }));
    await world.rounds(20);
    expect(world.cluster.services).to.deep.equal([]);
    expect(world.job(KEY).status).to.include({ phase: 'pending', reason: 'Suspended' });
  });

  it('ends the job as Cancelled on cancel, and frees its resources', async () => {
    const world = await running();
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cancel: true } }));
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Cancelled', reason: 'CancelRequested' });
    expect(world.remains()).to.deep.equal([]);
  });

  it('does not mark a run as stopped that had ended by itself', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { placements: [] });
    world.manifests.put('ring.yaml', manifest('ring'));
    const waits = () => world.find(KEY)?.status.waitingOn.some(wait => wait.reason === 'PlacementPending');
    await world.until('ended, its ranks not seen', () => waits() === true);
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cancel: true } }));
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'RanksMisplaced', exitCode: 0 });
  });

  it('does not keep the exit code of an older generation when the new one is cancelled before it ran', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { exitCode: 7 });
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(KEY);
    world.manifests.put('ring.yaml', manifest('ring', { args: ['x'], runPolicy: { cancel: true } }));
    await world.until('cancelled', () => world.job(KEY).status.outcome === 'Cancelled');
    expect(world.job(KEY).status.exitCode).to.equal(undefined);
  });
});

describe('an edit that is taken back while mpirun is ending', () => {
  /** The run of a job that was asked to end and has not ended yet. */
  async function asked(change: (world: Scene) => void): Promise<Scene> {
    const world = await running();
    change(world);
    await world.until('asked to end', () => world.job(KEY).status.runs[0]?.stopping !== undefined);
    return world;
  }
  const put = (world: Scene, spec: Parameters<typeof manifest>[1] = {}) =>
    world.manifests.put('ring.yaml', manifest('ring', spec));

  it('starts a new run of a suspended job once the old run is gone, and does not call it failed', async () => {
    const world = await asked(scene => put(scene, { runPolicy: { suspend: true } }));
    world.agents.programs.set(KEY, {});
    put(world);
    await world.untilDone(KEY);
    const { runs, outcome } = world.job(KEY).status;
    expect(runs.map(run => run.reason)).to.deep.equal(['Suspended', 'Completed']);
    expect(outcome).to.equal('Succeeded');
  });

  it('leaves a cancelled job cancelled', async () => {
    const world = await asked(scene => put(scene, { runPolicy: { cancel: true } }));
    put(world);
    await world.untilDone(KEY);
    await world.rounds(20);
    expect(world.job(KEY).status).to.include({ outcome: 'Cancelled', reason: 'CancelRequested' });
    expect(world.agents.ledger).to.have.length(1);
  });

  it('starts a new run of a job whose manifest was removed and came back', async () => {
    const world = await asked(scene => scene.manifests.remove('ring.yaml'));
    world.agents.programs.set(KEY, {});
    put(world);
    await world.untilDone(KEY);
    expect(world.job(KEY).status.runs.map(run => run.reason)).to.deep.equal(['ManifestRemoved', 'Completed']);
    expect(world.job(KEY).status.events.map(event => event.reason)).to.include('ManifestRestored');
  });

  it('does not retry a removed job because a new controller has not yet made sure that it is removed', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { endless: true });
    put(world, { runPolicy: { backoffLimit: 5 } });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.manifests.remove('ring.yaml');
    await world.until('asked to end', () => world.job(KEY).status.runs[0]?.stopping !== undefined);
    world.restart();
    await world.until('removed', () => world.find(KEY) === undefined);
    expect(world.agents.ledger).to.have.length(1);
    expect(world.remains()).to.deep.equal([]);
  });
});

describe('the events of an edited job', () => {
  async function eventsAfter(spec: Parameters<typeof manifest>[1]): Promise<readonly string[]> {
    const world = await running();
    const before = world.job(KEY).status.events.length;
    world.manifests.put('ring.yaml', manifest('ring', spec));
    await world.rounds(30);
    const { events } = world.job(KEY).status;
    return events
      .slice(before)
      .filter(event => event.reason !== 'PhaseReached')
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  it('say which fields changed and what became of the run', async () => {
    expect(await eventsAfter({ args: ['x'], workers: { replicas: 3 } })).to.deep.equal([
      'ManifestChanged: generation 2: spec.args and spec.workers.replicas changed',
      'Stopping: run 1: stopping mpirun: generation 2 replaces it',
      'Superseded: run 1: generation 2 replaces it',
    ]);
    expect(await eventsAfter({ runPolicy: { rerun: 'again' } })).to.deep.equal([
      'RerunRequested: generation 2: spec.runPolicy.rerun changed',
      'Stopping: run 1: stopping mpirun: generation 2 replaces it',
      'Superseded: run 1: generation 2 replaces it',
    ]);
    expect(await eventsAfter({ runPolicy: { ttlSecondsAfterFinished: 5 } })).to.deep.equal([
      'PolicyChanged: spec.runPolicy.ttlSecondsAfterFinished changed',
    ]);
    expect(await eventsAfter({ runPolicy: { cancel: true } })).to.deep.equal([
      'PolicyChanged: spec.runPolicy.cancel changed',
      'Stopping: run 1: stopping mpirun: spec.runPolicy.cancel is true',
      'CancelRequested: run 1: spec.runPolicy.cancel is true',
      'Cancelled: spec.runPolicy.cancel is true',
    ]);
  });
});

describe('a finished job', () => {
  it('is not run again by a higher back-off limit', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { exitCode: 7 });
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(KEY);
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { backoffLimit: 3 } }));
    await world.rounds(200);
    expect(world.job(KEY).status).to.include({ phase: 'done', outcome: 'Failed', exitCode: 7 });
    expect(world.agents.ledger).to.have.length(1);
  });

  it('stays finished when its time to live ends, and then only has its status and output left', async () => {
    const world = await succeeded({ runPolicy: { ttlSecondsAfterFinished: 60 } });
    const before = world.news.length;
    world.runtime.advance(61_000);
    await world.rounds(5);
    expect(world.remains()).to.deep.equal([]);
    expect(world.news.slice(before).filter(news => news.kind === 'job')).to.deep.equal([]);
    expect(world.job(KEY).status).to.include({ phase: 'done', outcome: 'Succeeded' });
    expect(world.outputs.runs.size).to.equal(1);
  });

  it('stays finished while it is removed', async () => {
    const world = await succeeded();
    world.manifests.put('other.yaml', manifest('other', { runPolicy: { suspend: true } }));
    await world.rounds(1);
    world.manifests.remove('ring.yaml');
    const before = world.news.length;
    await world.until('removed', () => !world.stateStore.jobs.has(KEY));
    const after = world.news.slice(before).filter(news => news.kind === 'job' || news.kind === 'job-removed');
    expect(after).to.deep.equal([{ kind: 'job-removed', key: KEY }]);
  });

  it('stays finished while a stricter clean-up policy is applied', async () => {
    const world = await succeeded({ runPolicy: { cleanUpPolicy: 'None' } });
    expect(world.remains().filter(name => name.startsWith('service'))).to.have.length(2);
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cleanUpPolicy: 'All' } }));
    const phases = new Set<string>();
    for (let round = 0; round < 10; round += 1) {
      await world.rounds(1);
      phases.add(world.job(KEY).status.phase);
    }
    expect([...phases]).to.deep.equal(['done']);
    expect(world.remains()).to.deep.equal([]);
  });

  it('has its output marked as lost when its launcher was removed from outside', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { stdout: 'hello\n' });
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.until('result', () => [...world.stateStore.runs.values()].some(run => run.result));
    const launcher = world.cluster.services.find(({ spec }) => spec.name.endsWith('-launcher'));
    world.cluster.removeService(launcher?.id ?? '');
    await world.untilDone(KEY);
    const run = world.job(KEY).status.runs[0]?.id ?? '';
    expect(world.outputs.text(run)).to.contain('the output is not complete');
    const before = world.effects.log.length;
    await world.rounds(400);
    expect(world.effects.log.slice(before)).to.deep.equal([]);
  });
});
