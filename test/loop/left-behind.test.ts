import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const EVIL = 'default/evil';
const WHY = 'children /mpiswarm/runs/evil/barriers/b: not permitted';

/** A job whose program has made znodes that only it may remove. */
async function locked(spec: Parameters<typeof manifest>[1] = {}): Promise<Scene> {
  const world = new Scene();
  world.agents.programs.set(EVIL, { endless: true });
  world.manifests.put('other.yaml', manifest('other', { runPolicy: { suspend: true } }));
  world.manifests.put('evil.yaml', manifest('evil', spec));
  await world.until('running', () => world.find(EVIL)?.status.phase === 'running');
  for (const znodes of world.stateStore.runs.values()) znodes.unremovable = WHY;
  return world;
}

const left = (world: Scene) =>
  world.find(EVIL)?.status.events.filter(({ reason }) => reason === 'ZnodesLeft') ?? [];
const failures = (world: Scene) => world.news.filter(({ kind }) => kind === 'command-failed');

describe('a run whose znodes cannot be removed', () => {
  it('does not keep its job from another run, and is noted once', async () => {
    const world = await locked();
    world.agents.programs.set(EVIL, {});
    world.manifests.put('evil.yaml', manifest('evil', { args: ['edited'] }));
    await world.untilDone(EVIL);
    expect(world.job(EVIL).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(2);
    await world.rounds(50, 1_000);
    expect(left(world)).to.have.length(1);
    expect(left(world)[0]).to.include({ type: 'Warning', count: 1 });
    expect(left(world)[0]?.message).to.include(WHY);
  });

  it('does not keep its job from being removed, with everything but those znodes', async () => {
    const world = await locked();
    world.manifests.remove('evil.yaml');
    await world.until('removed', () => world.find(EVIL) === undefined);
    await world.rounds(60, 1_000);
    expect(world.remains()).to.have.length(1);
    expect(world.remains()[0]).to.match(/^znode evil-/);
    expect(failures(world)).to.have.length(1);
  });

  it('does not keep its job from the end that its clean-up policy asks for', async () => {
    const world = await locked({ runPolicy: { cleanUpPolicy: 'All', cancel: false } });
    world.agents.programs.set(EVIL, {});
    await world.untilDone(EVIL);
    await world.rounds(100, 1_000);
    expect(world.job(EVIL).status.waitingOn).to.deep.equal([]);
    expect(world.remains().filter(name => !name.startsWith('znode'))).to.deep.equal([]);
  });

  it('is tried again by the next controller, which removes it where it can', async () => {
    const world = await locked();
    world.manifests.remove('evil.yaml');
    await world.until('removed', () => world.find(EVIL) === undefined);
    await world.rounds(30, 1_000);
    for (const znodes of world.stateStore.runs.values()) delete znodes.unremovable;
    await world.rounds(30, 1_000);
    expect(world.remains()).to.have.length(1);
    world.restart();
    await world.rounds(30, 1_000);
    expect(world.remains()).to.deep.equal([]);
  });
});
