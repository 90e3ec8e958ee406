import { expect } from 'chai';
import { LABEL, runLabels } from '../../../controller/core/model/names.js';
import type { Labels } from '../../../controller/core/model/world.js';
import { INSTALLATION, manifest, Scene } from '../scene.js';

const KEY = 'default/ring';
const RUN = 'lost-99999999-1';

function labels(installation = INSTALLATION.id): Labels {
  return runLabels({ installation, key: 'default/lost', uid: '99999999', generation: 1, run: RUN }, 'worker');
}

/** A world in which ZooKeeper's data are lost while a job runs. */
async function afterLoss(): Promise<{ readonly world: Scene; readonly lost: readonly string[] }> {
  const world = new Scene();
  world.agents.programs.set(KEY, { endless: true });
  world.manifests.put('ring.yaml', manifest('ring'));
  await world.until('running', () => world.find(KEY)?.status.phase === 'running');
  const { uid } = world.job(KEY);
  const lost = world.remains().filter(name => name.includes(uid) && !name.startsWith('znode'));
  world.stateStore.jobs.clear();
  world.stateStore.runs.clear();
  world.agents.programs.set(KEY, {});
  return { world, lost };
}

function swept(world: Scene): readonly string[] {
  return world.news.flatMap(news =>
    news.kind === 'orphan-removed' ? news.things.map(thing => `${news.run}: ${thing}`) : [],
  );
}

/** Ticks and lets so much time pass; the last tick is at its end. */
async function pass(world: Scene, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await world.tick();
    world.runtime.advance(Math.min(left, 1_000));
  }
  await world.tick();
}

describe('an orphan', () => {
  it('is removed when ZooKeeper lost its data, and the job starts a new run', async () => {
    const { world, lost } = await afterLoss();
    expect(lost).to.have.length(5);
    await world.untilDone(KEY);
    await pass(world, 11_000);
    await world.rounds(3);
    const left = world.remains();
    expect(left.filter(name => lost.includes(name))).to.deep.equal([]);
    expect(left.every(name => name.includes(world.job(KEY).uid))).to.equal(true);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(swept(world)).to.have.length(lost.length);
    expect(swept(world)[0]).to.match(/^ring-00000001-1: service ring-00000001-1-/);
  });

  it('is left alone until it was seen twice, ten seconds apart', async () => {
    const world = new Scene();
    world.cluster.createObject('secrets', `${RUN}-worker`, '', labels());
    await pass(world, 9_900);
    expect(world.remains()).to.deep.equal([`secret ${RUN}-worker`]);
    await pass(world, 100);
    expect(world.remains()).to.deep.equal([]);
    expect(swept(world)).to.deep.equal([`${RUN}: secret ${RUN}-worker`]);
  });

  it('is not removed any sooner when the clock is set forward', async () => {
    const world = new Scene();
    world.cluster.createObject('secrets', `${RUN}-worker`, '', labels());
    await world.tick();
    world.runtime.jump(3_600_000);
    await pass(world, 9_000);
    expect(world.remains()).to.have.length(1);
    await pass(world, 1_000);
    expect(world.remains()).to.deep.equal([]);
  });

  it('is left alone when it was not there at every tick', async () => {
    const world = new Scene();
    world.cluster.createObject('secrets', `${RUN}-worker`, '', labels());
    await pass(world, 9_000);
    const [secret] = world.cluster.secrets.splice(0);
    await world.tick();
    if (secret) world.cluster.secrets.push(secret);
    await pass(world, 9_000);
    expect(world.remains()).to.have.length(1);
  });

  it('is left alone by a leader that has not seen it twice itself', async () => {
    const world = new Scene();
    world.cluster.createObject('configs', RUN, '', labels());
    await pass(world, 9_000);
    world.election.begin(world.election.campaign('other'));
    world.leadership.heal();
    await pass(world, 9_000);
    expect(world.leadership.state().role, 'it stands by').to.equal('standby');
    world.election.begin(world.leadership);
    await pass(world, 9_000);
    expect(world.remains()).to.have.length(1);
    await pass(world, 1_000);
    expect(world.remains()).to.deep.equal([]);
  });

  it('is removed only after a fresh read of the records, however long their list is outdated', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { endless: true });
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    const { observe } = world.stateStore;
    world.stateStore.observe = async runs => {
      const seen = await observe.call(world.stateStore, runs);
      return seen.ok ? { ok: true, value: { ...seen.value, jobs: new Map() } } : seen;
    };
    await pass(world, 30_000);
    expect(swept(world)).to.deep.equal([]);
    expect(world.agents.alive.size).to.equal(1);
    world.stateStore.observe = observe;
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(1);
  });

  it('is kept and reported while a fresh read of the records fails', async () => {
    const world = new Scene();
    world.cluster.createObject('secrets', `${RUN}-worker`, '', labels());
    const { records } = world.stateStore;
    world.stateStore.records = async () => ({ ok: false, error: 'no reply for 6 s' });
    await pass(world, 20_000);
    expect(world.remains()).to.have.length(1);
    expect(world.news).to.deep.include({
      kind: 'command-failed',
      key: RUN,
      trouble: { reason: 'Retrying', message: 'no reply for 6 s' },
    });
    world.stateStore.records = records;
    await world.tick();
    expect(world.remains()).to.deep.equal([]);
  });

  it('is removed from ZooKeeper too', async () => {
    const world = new Scene();
    await world.stateStore.createRun(RUN, { nodes: {}, jobMaster: '' });
    await pass(world, 10_000);
    expect(world.remains()).to.deep.equal([]);
    expect(swept(world)).to.deep.equal([`${RUN}: znodes`]);
  });

  it('is kept if it names another installation or none, as are the default network and the agent', async () => {
    const world = new Scene();
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(KEY);
    const { [LABEL.installation]: _, ...unsaid } = labels();
    world.cluster.createObject('secrets', 'theirs', '', labels('zk1:2181/mpiswarm'));
    world.cluster.createObject('secrets', 'unsaid', '', unsaid);
    world.cluster.createObject('configs', 'strange', '', { some: 'label' });
    const before = structuredClone({
      services: world.cluster.services.map(({ spec }) => spec.name),
      secrets: world.cluster.secrets,
      configs: world.cluster.configs,
      networks: world.cluster.networks,
    });
    const effects = world.effects.log.length;
    await pass(world, 30_000);
    expect({
      services: world.cluster.services.map(({ spec }) => spec.name),
      secrets: world.cluster.secrets,
      configs: world.cluster.configs,
      networks: world.cluster.networks,
    }).to.deep.equal(before);
    expect(world.effects.log.slice(effects)).to.deep.equal([]);
  });

  it('is tried again when it cannot be removed, and reported once', async () => {
    const world = new Scene();
    world.cluster.createObject('secrets', `${RUN}-worker`, '', labels());
    world.effects.inject(world.effects.log.length + 1, 'refused');
    await pass(world, 10_000);
    expect(world.remains()).to.have.length(1);
    expect(world.news.some(news => news.kind === 'command-failed' && news.key === RUN)).to.equal(true);
    await world.tick();
    expect(world.remains()).to.deep.equal([]);
  });
});
