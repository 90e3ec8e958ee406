import { expect } from 'chai';
import type { RunZnodes } from '../fakes/run-znodes.js';
import { manifest, Scene } from './scene.js';

const EVIL = 'default/evil';
const RING = 'default/ring';
const WHY = 'children ranks: 100000 znodes, of which at most 1002 are read';

function znodesOf(world: Scene, name: string): RunZnodes {
  const found = [...world.stateStore.runs].filter(([run]) => run.startsWith(`${name}-`)).at(-1);
  if (!found) throw new Error(`no run of ${name} has znodes`);
  return found[1];
}

/** A job that runs, and whose program then makes its run unreadable. */
async function blinded(spec: Parameters<typeof manifest>[1] = {}): Promise<Scene> {
  const world = new Scene();
  world.agents.programs.set(EVIL, { endless: true });
  world.manifests.put('evil.yaml', manifest('evil', spec));
  await world.until('running', () => world.find(EVIL)?.status.phase === 'running');
  znodesOf(world, 'evil').unreadable = WHY;
  await world.rounds(2);
  return world;
}

const waits = (world: Scene) => world.job(EVIL).status.waitingOn.map(({ reason }) => reason);

describe('a run whose znodes cannot be read', () => {
  it('says so, and why, and goes on for as long as its container does', async () => {
    const world = await blinded();
    await world.rounds(300, 1_000);
    const { phase, waitingOn, events } = world.job(EVIL).status;
    expect([phase, waits(world)]).to.deep.equal(['running', ['RunUnreadable']]);
    expect(waitingOn[0]?.message).to.include(WHY);
    expect(events.at(-1)).to.include({ type: 'Warning', reason: 'RunUnreadable' });
  });

  it('keeps no other job from anything', async () => {
    const world = await blinded();
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(RING);
    expect(world.job(RING).status.outcome).to.equal('Succeeded');
    expect(world.news.some(({ kind }) => kind === 'world-unreadable')).to.equal(false);
  });

  it('is as it was when they can be read again', async () => {
    const world = await blinded();
    delete znodesOf(world, 'evil').unreadable;
    world.agents.programs.set(EVIL, {});
    await world.untilDone(EVIL);
    expect(world.job(EVIL).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(1);
  });

  it('fails when its container ends, with its exit code, and the next attempt is another run', async () => {
    const world = await blinded({ runPolicy: { backoffLimit: 1 } });
    world.agents.programs.set(EVIL, {});
    await world.until('another run', () => world.job(EVIL).status.runs.length === 2);
    const [first] = world.job(EVIL).status.runs;
    expect(first).to.include({ outcome: 'Failed', reason: 'RunUnreadable', exitCode: 0 });
    await world.untilDone(EVIL);
    expect(world.job(EVIL).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger.map(({ run }) => run.slice(-2))).to.deep.equal(['-1', '-2']);
  });

  it('fails after a minute when it has not started', async () => {
    const world = new Scene();
    world.agents.sshErrors.set(0, 'connection refused');
    world.manifests.put('evil.yaml', manifest('evil'));
    await world.until('containers', () => world.find(EVIL)?.status.phase === 'networked');
    await world.rounds(20);
    znodesOf(world, 'evil').unreadable = WHY;
    await world.rounds(50, 1_000);
    expect(waits(world)).to.deep.equal(['RunUnreadable']);
    const { conditions } = world.job(EVIL).status;
    expect(conditions.find(({ type }) => type === 'SSHReady')).to.include({
      status: 'False',
      reason: 'RunUnreadable',
    });
    await world.untilDone(EVIL);
    expect(world.job(EVIL).status).to.include({ outcome: 'Failed', reason: 'RunUnreadable' });
    expect(world.agents.ledger).to.deep.equal([]);
  });

  for (const [title, act, reason] of [
    [
      'edited',
      (world: Scene) => world.manifests.put('evil.yaml', manifest('evil', { args: ['2'] })),
      'Superseded',
    ],
    [
      'cancelled',
      (world: Scene) => world.manifests.put('evil.yaml', manifest('evil', { runPolicy: { cancel: true } })),
      'CancelRequested',
    ],
    [
      'run again',
      (world: Scene) => world.manifests.put('evil.yaml', manifest('evil', { runPolicy: { rerun: 'x' } })),
      'Superseded',
    ],
  ] as const) {
    it(`does not keep its job from being ${title}`, async () => {
      const world = await blinded();
      act(world);
      await world.until('ended', () => world.job(EVIL).status.runs[0]?.outcome !== undefined);
      expect(world.job(EVIL).status.runs[0]).to.include({ outcome: 'Cancelled', reason });
    });
  }

  it('does not keep its job from being removed', async () => {
    const world = await blinded();
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { suspend: true } }));
    world.manifests.remove('evil.yaml');
    await world.until('removed', () => world.find(EVIL) === undefined);
    expect(world.remains()).to.deep.equal([]);
    expect(world.agents.alive.size).to.equal(0);
  });
});
