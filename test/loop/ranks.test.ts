import { expect } from 'chai';
import type { RankRecord } from '../../controller/shared/protocol/program-records.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
const started: RankRecord = { state: 'STARTED', worker: 0, at: 1 };

function scene(spec: Parameters<typeof manifest>[1] = {}): Scene {
  const fresh = new Scene();
  fresh.manifests.put('ring.yaml', manifest('ring', spec));
  return fresh;
}

describe('a job whose ranks report their state', () => {
  it('shows it while they run', async () => {
    const world = scene();
    const completed = { state: 'COMPLETED', worker: 1, at: 2 } as const;
    world.agents.programs.set(KEY, { endless: true, ranks: { 0: started, 1: completed } });
    await world.until('told', () => world.find(KEY)?.status.ranks?.length === 2);
    const { status } = world.job(KEY);
    expect(status.ranks).to.deep.equal([
      { rank: 0, worker: 0, state: 'STARTED', since: 1 },
      { rank: 1, worker: 1, state: 'COMPLETED', since: 2 },
    ]);
    expect(status.runs.at(-1)?.ranks).to.include({ started: 1, completed: 1, failed: 0 });
  });

  it('is Failed with the failed rank’s message, and with the same reason as without it', async () => {
    const world = scene();
    const failed = {
      state: 'FAILED',
      worker: 1,
      at: 2,
      error: 'java.lang.Error: boom at Ring.java:7',
    } as const;
    world.agents.programs.set(KEY, { exitCode: 3, ranks: { 0: started, 1: failed } });
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', exitCode: 3, reason: 'NonZeroExitCode' });
    expect(status.message).to.equal(
      'rank 1 failed: java.lang.Error: boom at Ring.java:7; mpirun exited with code 3',
    );
    expect(status.ranks?.[1]).to.include({ rank: 1, state: 'FAILED', error: failed.error });
  });

  it('keeps only the counts of an earlier run, and starts again with the next', async () => {
    const world = scene({ runPolicy: { backoffLimit: 1 } });
    world.agents.programs.set(KEY, { exitCode: 3, ranks: { 1: { ...started, state: 'FAILED' } } });
    await world.until(
      'the first run has failed',
      () => world.find(KEY)?.status.runs[0]?.outcome === 'Failed',
    );
    world.agents.programs.set(KEY, { endless: true });
    await world.until('the second run', () => world.find(KEY)?.status.runs.length === 2);
    const { status } = world.job(KEY);
    expect(status).to.not.have.property('ranks');
    expect(status.runs[0]?.ranks).to.deep.equal({
      ...{ started: 0, completed: 0, failed: 1 },
      failures: [{ rank: 1, worker: 0, state: 'FAILED', since: 1 }],
    });
  });

  it('is not Failed by a rank’s report when mpirun succeeds', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { ranks: { 1: { ...started, state: 'FAILED' } } });
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect([status.outcome, status.message]).to.deep.equal(['Succeeded', 'mpirun exited with code 0']);
  });
});

describe('a job whose ranks report nothing', () => {
  it('has no rank states in its record', async () => {
    const world = scene();
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.not.have.property('ranks');
    expect(status.runs[0]).to.not.have.property('ranks');
  });
});
