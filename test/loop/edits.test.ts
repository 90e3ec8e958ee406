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

  it('stops and keeps the job on suspend, and runs it anew afterwards', async () => {
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

  it('ends the job as Cancelled on cancel, and frees all it held', async () => {
    const world = await running();
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cancel: true } }));
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Cancelled', reason: 'CancelRequested' });
    expect(world.remains()).to.deep.equal([]);
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

describe('a finished job', () => {
  it('stays finished while its time to live ends, and then has nothing left but its status and output', async () => {
    const world = await succeeded({ runPolicy: { ttlSecondsAfterFinished: 60 } });
    const before = world.news.length;
    world.edge.advance(61_000);
    await world.rounds(5);
    expect(world.remains()).to.deep.equal([]);
    expect(world.news.slice(before).filter(news => news.kind === 'job')).to.deep.equal([]);
    expect(world.job(KEY).status).to.include({ phase: 'done', outcome: 'Succeeded' });
    expect(world.outputs.runs.size).to.equal(1);
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

  it('has its output noted as lost when its launcher was removed by somebody else', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { stdout: 'hello\n' });
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.until('result', () => [...world.registry.runs.values()].some(run => run.result));
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
