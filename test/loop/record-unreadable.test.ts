import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const BAD = 'default/bad';
const RING = 'default/ring';

/** Two jobs, of which one runs and then has a record that came to harm. */
async function spoilt(): Promise<Scene> {
  const world = new Scene();
  world.agents.programs.set(BAD, { endless: true });
  world.manifests.put('bad.yaml', manifest('bad'));
  await world.until('running', () => world.find(BAD)?.status.phase === 'running');
  world.stateStore.jobs.set(BAD, { text: '{"key":', version: 99 });
  return world;
}

const said = (world: Scene) =>
  world.news.flatMap(news => (news.kind === 'command-failed' && news.key === BAD ? [news.trouble] : []));

describe('a job whose record cannot be read', () => {
  it('is reported, and all others go on', async () => {
    const world = await spoilt();
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.until('done', () => world.stateStore.record(RING)?.status.phase === 'done');
    expect(world.stateStore.record(RING)?.status.outcome).to.equal('Succeeded');
    expect(said(world)[0]).to.include({ reason: 'RecordUnreadable' });
    expect(said(world)[0]?.message).to.include('holds no job record');
  });

  it('is left as it is, and so is all that it has', async () => {
    const world = await spoilt();
    const before = world.remains();
    world.manifests.put('bad.yaml', manifest('bad', { args: ['edited'] }));
    await world.rounds(60, 1_000);
    expect(world.remains()).to.deep.equal(before);
    expect(world.stateStore.jobs.get(BAD)).to.deep.equal({ text: '{"key":', version: 99 });
    expect(world.agents.alive.size).to.equal(1);
  });

  it('is left as it is by a controller that begins to lead, too', async () => {
    const world = await spoilt();
    world.restart();
    const before = world.remains();
    await world.rounds(60, 1_000);
    expect(world.remains()).to.deep.equal(before);
    expect(world.agents.ledger).to.have.length(1);
  });

  it('goes on when it can be read again', async () => {
    const world = await spoilt();
    const text = world.stateStore.jobs.get(BAD)?.text;
    expect(text).to.equal('{"key":');
    await world.rounds(5);
    world.stateStore.jobs.delete(BAD);
    world.agents.programs.set(BAD, {});
    await world.until('done', () => world.stateStore.record(BAD)?.status.phase === 'done');
    expect(world.agents.ledger).to.have.length(2);
  });
});
