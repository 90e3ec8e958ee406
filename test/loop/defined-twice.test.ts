import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

async function running(file = 'b.yaml'): Promise<Scene> {
  const world = new Scene();
  world.agents.programs.set(KEY, { endless: true });
  world.manifests.put('other.yaml', manifest('other', { runPolicy: { suspend: true } }));
  world.manifests.put(file, manifest('ring'));
  await world.until('running', () => world.find(KEY)?.status.phase === 'running');
  return world;
}

function valid(world: Scene) {
  return world.job(KEY).status.conditions.find(({ type }) => type === 'ManifestValid');
}

const three = manifest('ring', { workers: { replicas: 3 } });

describe('a job that two files define', () => {
  it('uses the first of them, and names both in its status and events', async () => {
    const world = await running('a.yaml');
    world.manifests.put('b.yaml', three);
    await world.rounds(100);
    expect(world.agents.ledger).to.have.length(1);
    expect(world.job(KEY).manifest.spec.workers.replicas).to.equal(2);
    expect(valid(world)).to.include({
      status: 'True',
      reason: 'DefinedTwice',
      message: 'duplicate job: using a.yaml:1, ignoring b.yaml:1; rename or remove one',
    });
    expect(world.job(KEY).status.events.map(({ reason }) => reason)).to.include('DefinedTwice');
    world.manifests.remove('b.yaml');
    await world.rounds(2);
    expect(valid(world)).to.include({ status: 'True', reason: 'Valid', message: 'a.yaml:1' });
  });

  it('is the same job, edited, when the first file goes and the second takes over', async () => {
    const world = await running('a.yaml');
    const { uid } = world.job(KEY);
    world.manifests.put('b.yaml', three);
    await world.rounds(2);
    world.agents.programs.set(KEY, {});
    world.manifests.remove('a.yaml');
    await world.until('edited', () => world.job(KEY).generation === 2);
    await world.untilDone(KEY);
    expect(world.job(KEY)).to.include({ uid, source: 'b.yaml:1' });
    expect(world.job(KEY).status.runs.map(({ generation }) => generation)).to.deep.equal([1, 2]);
    expect(world.job(KEY).manifest.spec.workers.replicas).to.equal(3);
  });

  it('does not restart when the first file is away for a moment, as while an editor saves it', async () => {
    const world = await running('a.yaml');
    world.manifests.put('b.yaml', three);
    await world.rounds(2);
    for (let saves = 0; saves < 3; saves += 1) {
      world.manifests.remove('a.yaml');
      await world.rounds(10);
      world.manifests.put('a.yaml', manifest('ring'));
      await world.rounds(30);
    }
    expect(world.agents.ledger).to.have.length(1);
    expect(world.job(KEY).generation).to.equal(1);
  });

  it('does not use the second while the first cannot be read, also after a restart', async () => {
    const world = await running('a.yaml');
    world.manifests.put('b.yaml', three);
    await world.rounds(2);
    world.manifests.lock('a.yaml');
    world.restart();
    await world.rounds(100);
    expect(world.job(KEY)).to.include({ generation: 1, source: 'a.yaml:1' });
    expect(valid(world)).to.include({ status: 'False', message: 'a.yaml cannot be read' });
  });
});

describe('a manifest that is moved to another folder', () => {
  it('is the same job: nothing happens, and the status names the new place', async () => {
    const world = await running('ring.yaml');
    const { uid } = world.job(KEY);
    const before = world.effects.log.length;
    world.manifests.remove('ring.yaml');
    world.manifests.put('team/ring.yaml', manifest('ring'));
    await world.rounds(100);
    expect(world.job(KEY)).to.include({ uid, generation: 1, source: 'team/ring.yaml:1' });
    expect(world.agents.ledger).to.have.length(1);
    expect(world.effects.log.slice(before)).to.deep.equal(['write job']);
  });

  it('is the same job when it is away for a second in between', async () => {
    const world = await running('ring.yaml');
    world.manifests.remove('ring.yaml');
    await world.rounds(10);
    world.manifests.put('team/ring.yaml', manifest('ring'));
    await world.rounds(100);
    expect(world.job(KEY).generation).to.equal(1);
    expect(world.agents.ledger).to.have.length(1);
  });
});
