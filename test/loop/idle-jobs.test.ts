import { expect } from 'chai';
import { LABEL } from '../../controller/core/model/names.js';
import { IdleJobs } from '../../controller/loop/idle-jobs.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
const WHILE_MS = 10_000;

async function finished(runPolicy = {}): Promise<Scene> {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', { runPolicy }));
  await world.untilDone(KEY);
  await world.rounds(3);
  return world;
}

describe('an idle finished job', () => {
  it('is not assessed while its record and its manifest are the same, for a while', async () => {
    const world = await finished();
    const record = world.job(KEY);
    const [job] = (await world.manifests.read()).jobs;
    const idle = new IdleJobs(WHILE_MS);
    idle.add(KEY, { record, job }, 0);
    const isIdle = (now: number, left: boolean, seen = {}) =>
      idle.has(KEY, { record, job, ...seen }, now, left);
    expect(isIdle(WHILE_MS - 1, true)).to.equal(true);
    expect(isIdle(WHILE_MS, true), 'after the while').to.equal(false);
    expect(isIdle(WHILE_MS, false), 'nothing is left of it').to.equal(true);
    expect(isIdle(30 * WHILE_MS, false), 'nothing is left of it, after a longer while').to.equal(false);
    for (const left of [true, false]) {
      expect(isIdle(-1, left), 'when the clock was set back').to.equal(false);
      expect(isIdle(1, left, { record: { ...record } }), 'another record').to.equal(false);
      expect(isIdle(1, left, { job: undefined }), 'no manifest any more').to.equal(false);
    }
  });

  it('may lose its manifest for a moment again and again: each absence counts separately', async () => {
    // Nothing of it is in the way of its removal
    const world = await finished({ cleanUpPolicy: 'All' });
    world.manifests.put('pi.yaml', manifest('pi', { runPolicy: { suspend: true } }));
    const whole = await world.manifests.read();
    const without = { ...whole, jobs: whole.jobs.filter(({ key }) => key !== KEY) };
    world.manifests.read = async () => whole;
    await world.rounds(5);
    const { uid } = world.job(KEY);
    const flap = async (): Promise<void> => {
      world.manifests.read = async () => without;
      await world.tick();
      world.manifests.read = async () => whole;
      await world.rounds(5);
    };
    await flap();
    world.step(3_000);
    await world.rounds(3);
    await flap();
    expect(world.job(KEY).uid).to.equal(uid);
    expect(world.agents.ledger).to.have.length(1);
  });

  it('loses foreign things in the name of its run', async () => {
    const world = await finished();
    const run = world.job(KEY).status.runs[0]?.id ?? '';
    const labels = { [LABEL.part]: 'run', [LABEL.run]: run, [LABEL.uid]: world.job(KEY).uid };
    await world.swarm.createSecret('stranger', '', { ...labels, [LABEL.role]: 'workers' });
    await world.until('the secret is gone', () => !world.remains().includes('secret stranger'));
  });
});
