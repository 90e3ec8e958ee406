import { expect } from 'chai';
import { DEFAULT_LIMITS, type Limits } from '../../controller/core/gc/outputs.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

/** A world in which a job was run so many times, one after the other. */
async function runs(count: number, limits: Partial<Limits>): Promise<Scene> {
  const world = new Scene({ ...DEFAULT_LIMITS, ...limits });
  for (let run = 1; run <= count; run += 1) {
    world.agents.programs.set(KEY, { stdout: `output of run ${run}\n` });
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { rerun: String(run) } }));
    await world.until('done', () => {
      const status = world.find(KEY)?.status;
      return status?.phase === 'done' && status.runs.length === run;
    });
  }
  await world.rounds(3);
  return world;
}

function kept(world: Scene): readonly (string | undefined)[] {
  return world.job(KEY).status.runs.map(run => run.output?.removed?.reason);
}

describe('stored output', () => {
  it('is removed with a reason in the record, and the outcome of each run stays', async () => {
    const world = await runs(4, { runs: 2 });
    expect(kept(world)).to.deep.equal(['RunLimit', 'RunLimit', undefined, undefined]);
    expect(world.job(KEY).status.runs.map(run => run.outcome)).to.deep.equal(Array(4).fill('Succeeded'));
    const ids = world.job(KEY).status.runs.map(run => run.id);
    expect([...world.outputs.runs.keys()]).to.deep.equal(ids.slice(2));
    expect(world.outputs.text(ids[3] ?? '')).to.equal('output of run 4\n');
  });

  it('is not stored again once it was removed, however long the launcher stays', async () => {
    const world = await runs(1, { ageMs: 60_000 });
    world.runtime.advance(120_000);
    await world.rounds(5);
    expect(kept(world), 'not at once').to.deep.equal([undefined]);
    world.runtime.advance(61_000);
    await world.rounds(5);
    expect(kept(world)).to.deep.equal(['AgeLimit']);
    expect(world.outputs.runs.size).to.equal(0);
    const written = world.effects.log.length;
    await world.rounds(20);
    expect(world.effects.log).to.have.length(written);
    expect(world.job(KEY).status).to.include({ phase: 'done', outcome: 'Succeeded' });
  });

  it('is not replaced by a controller whose own folder lacks it', async () => {
    const world = await runs(1, {});
    world.outputs.runs.clear();
    world.restart();
    await world.rounds(20);
    expect(world.outputs.runs.size).to.equal(0);
    expect(world.job(KEY).status.runs[0]?.output?.bytes).to.be.above(0);
  });

  it('is removed only when it is too old if no record names it', async () => {
    const world = await runs(1, { ageMs: 60_000 });
    await world.outputs.store(
      'lost-0badcafe-1',
      (async function* () {
        yield* [];
      })(),
    );
    await world.rounds(3);
    expect(world.outputs.runs.has('lost-0badcafe-1')).to.equal(true);
    world.runtime.advance(120_000);
    await world.rounds(3);
    world.runtime.advance(3_600_000);
    await world.rounds(3);
    expect(world.outputs.runs.has('lost-0badcafe-1')).to.equal(false);
  });

  it('is removed with its job', async () => {
    const world = await runs(2, {});
    world.manifests.remove('ring.yaml');
    world.runtime.advance(60_000);
    await world.until('gone', () => {
      world.runtime.advance(10_000);
      return world.find(KEY) === undefined;
    });
    expect(world.outputs.runs.size).to.equal(0);
  });
});
