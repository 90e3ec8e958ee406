import { expect } from 'chai';
import { DEFAULT_LIMITS } from '../../controller/core/gc/outputs.js';
import { finishedJobs } from '../support/finished-jobs.js';
import { FinishedScene } from '../support/finished-scene.js';
import { manifest, Scene } from './scene.js';

const NAMES = ['ash', 'birch', 'cedar', 'elm'];

/** A world in which some jobs ran one after the other. */
async function jobs(launchers: number): Promise<Scene> {
  const world = new Scene({ ...DEFAULT_LIMITS, launchers });
  for (const name of NAMES) {
    world.agents.programs.set(`default/${name}`, { stdout: `output of ${name}\n` });
    world.manifests.put(`${name}.yaml`, manifest(name));
    await world.untilDone(`default/${name}`);
    // An ended launcher has half a minute to exit by itself
    await world.rounds(5, 10_000);
  }
  await world.rounds(10);
  return world;
}

function names(world: Scene): readonly string[] {
  return world.remains().map(words => words.replace(/-[0-9a-f]{8}-1/, ''));
}

function events(world: Scene, name: string): readonly string[] {
  return world.job(`default/${name}`).status.events.map(({ reason, count }) => `${reason} ${count}`);
}

describe('ended launchers', () => {
  it('stay up to a number for all jobs together; the oldest go with what they use, and their jobs say so', async () => {
    const world = await jobs(2);
    expect(names(world)).to.deep.equal([
      ...['config cedar', 'config elm', 'secret cedar-launcher', 'secret cedar-worker'],
      ...['secret elm-launcher', 'secret elm-worker', 'service cedar-launcher', 'service elm-launcher'],
    ]);
    for (const name of ['ash', 'birch']) expect(events(world, name)).to.include('LauncherRemoved 1');
    for (const name of ['cedar', 'elm']) expect(events(world, name)).to.not.include('LauncherRemoved 1');
  });

  it('leave output and status when they go, and cost nothing later', async () => {
    const world = await jobs(0);
    expect(world.remains()).to.deep.equal([]);
    for (const name of NAMES) {
      const { status } = world.job(`default/${name}`);
      expect(status).to.include({ phase: 'done', outcome: 'Succeeded', exitCode: 0 });
      expect(world.outputs.text(status.runs[0]?.id ?? '')).to.equal(`output of ${name}\n`);
    }
    const before = world.effects.log.length;
    await world.rounds(20, 1_000);
    expect(world.effects.log).to.have.length(before);
  });

  it('go whatever strikes the controller that removes them, and their job says so', async () => {
    for (const kind of ['crash-before', 'crash-after', 'refused', 'reply-lost'] as const) {
      const one = new Scene({ ...DEFAULT_LIMITS, launchers: 0 });
      one.manifests.put('ash.yaml', manifest('ash'));
      await one.untilDone('default/ash');
      one.runtime.advance(31_000);
      one.effects.inject(one.effects.log.length + 2, kind);
      await one.rounds(40);
      expect(one.remains(), kind).to.deep.equal([]);
      expect(events(one, 'ash'), kind).to.include('LauncherRemoved 1');
    }
  });

  it('that many finished jobs left before there was a limit are gone after a while', async () => {
    const make = await finishedJobs(1_700_000_000_000);
    const world = new FinishedScene(Array.from({ length: 450 }, (_, i) => make(i)));
    await world.rounds(10);
    expect(world.services.size).to.equal(DEFAULT_LIMITS.launchers);
    expect(world.secrets.size).to.equal(2 * DEFAULT_LIMITS.launchers);
    expect(world.configs.size).to.equal(DEFAULT_LIMITS.launchers);
    expect(world.news.filter(({ kind }) => kind === 'command-failed')).to.deep.equal([]);
  });
});
