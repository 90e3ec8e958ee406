import { expect } from 'chai';
import { LABEL } from '../../controller/core/model/names.js';
import type { ServiceSpec } from '../../controller/core/model/specs.js';
import type { SwarmWorld } from '../../controller/core/model/world.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

function scene(spec: Parameters<typeof manifest>[1] = {}): Scene {
  const fresh = new Scene();
  fresh.manifests.put('ring.yaml', manifest('ring', spec));
  return fresh;
}

async function until(phase: string, world: Scene): Promise<void> {
  await world.until(phase, () => world.find(KEY)?.status.phase === phase);
}

function change(world: Scene, role: string, fields: Partial<ServiceSpec>): void {
  const { services } = world.cluster;
  const at = services.findIndex(({ spec }) => spec.labels[LABEL.role] === role);
  const service = services[at];
  if (!service) throw new Error(`there is no service with role ${role}`);
  services[at] = { ...service, spec: { ...service.spec, ...fields } };
}

describe('a part of a job that was changed from outside', () => {
  for (const [role, replicas] of [
    ['workers', 0],
    ['workers', 5],
    ['launcher', 0],
  ] as const) {
    it(`is recreated if it is the ${role}' service, scaled to ${replicas} before the start`, async () => {
      const world = scene();
      await world.until('containers', () => world.cluster.services.length === 3);
      change(world, role, { mode: { kind: 'replicated', replicas } });
      await world.untilDone(KEY);
      expect(world.job(KEY).status).to.include({ outcome: 'Succeeded' });
      expect(world.agents.ledger).to.have.length(1);
    });
  }

  it('is left alone if it is a service scaled after a live launcher got the start token', async () => {
    const world = scene();
    await world.until('the start', () => [...world.stateStore.runs.values()].some(run => run.start));
    const [run] = [...world.stateStore.runs.values()];
    expect(run, 'the launcher may claim it at any time').to.not.have.property('claim');
    change(world, 'workers', { mode: { kind: 'replicated', replicas: 5 } });
    const services = world.cluster.services.map(({ id }) => id);
    await world.tick();
    expect(world.cluster.services.map(({ id }) => id)).to.deep.equal(services);
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded' });
  });

  for (const role of ['launcher', 'worker'] as const) {
    for (const [words, removed] of [
      ['that nothing uses yet', ['launcher', 'workers']],
      ['of a service that could not be made', [role === 'worker' ? 'workers' : 'launcher']],
    ] as const) {
      it(`is recreated with all users of its key if it is the ${role}'s secret, ${words}`, async () => {
        const world = scene();
        await world.until('containers', () => world.cluster.services.length === 3);
        const { cluster } = world;
        const gone = cluster.services.filter(({ spec }) =>
          removed.some(one => spec.labels[LABEL.role] === one),
        );
        for (const { id } of gone) cluster.removeService(id);
        const secret = cluster.secrets.find(({ labels }) => labels[LABEL.role] === role);
        cluster.removeObject('secrets', secret?.id ?? '');
        await world.untilDone(KEY);
        expect(world.job(KEY).status).to.include({ outcome: 'Succeeded' });
        expect(world.job(KEY).status.runs).to.have.length(1);
        expect(world.agents.ledger).to.have.length(1);
      });
    }
  }

  it('is not touched if its name is taken by a foreign thing, and the status says so', async () => {
    const world = scene();
    await world.until('containers', () => world.cluster.services.length === 3);
    change(world, 'launcher', { labels: { 'com.example': 'mine' } });
    await world.rounds(50);
    const { status } = world.job(KEY);
    const refused = status.waitingOn.find(({ reason }) => reason === 'Refused');
    expect(refused?.message).to.contain(
      'ring-00000001-1-launcher: the name is taken by one that is not ours',
    );
    expect(world.cluster.services.map(({ spec }) => spec.name)).to.include('ring-00000001-1-launcher');
  });

  it('is recreated if it is the znodes of a run that cannot have started', async () => {
    const world = scene();
    await until('registered', world);
    world.stateStore.runs.clear();
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded' });
    expect(world.job(KEY).status.runs).to.have.length(1);
  });

  for (const launcher of ['', ', and its launcher'] as const) {
    it(`ends the attempt if it is the znodes of a run that may have started${launcher}, so that it cannot start twice`, async () => {
      const world = scene({ runPolicy: { backoffLimit: 1 } });
      world.agents.programs.set(KEY, { endless: true });
      await until('hostfile-written', world);
      world.step();
      expect(world.agents.ledger).to.have.length(1);
      world.stateStore.runs.clear();
      const service = world.cluster.services.find(({ spec }) => spec.labels[LABEL.role] === 'launcher');
      if (launcher !== '') world.cluster.removeService(service?.id ?? '');
      await world.until('the end of the attempt', () => world.job(KEY).status.runs[0]?.outcome !== undefined);
      expect(world.job(KEY).status.runs[0]).to.include({ outcome: 'Failed', reason: 'ZnodesLost' });
      world.agents.programs.clear();
      await world.untilDone(KEY);
      expect(world.agents.ledger.map(({ run }) => run)).to.deep.equal(['ring-00000001-1', 'ring-00000001-2']);
    });
  }
});

describe('one outdated list of services', () => {
  it('loses no output although it lacks the launcher', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { stdout: 'hello\n' });
    await world.until('result', () => [...world.stateStore.runs.values()].some(run => run.result));
    lookOnce(world, seen => ({ ...seen, services: [] }));
    await world.untilDone(KEY);
    expect(world.outputs.text(world.job(KEY).status.runs[0]?.id ?? '')).to.equal('hello\n');
  });

  it('removes no ended launcher although it shows it as running', async () => {
    const world = scene();
    await world.untilDone(KEY);
    // Until a finished job is assessed again
    world.runtime.advance(15_000);
    lookOnce(world, seen => ({
      ...seen,
      tasks: seen.tasks.map(task => (task.slot > 0 ? { ...task, state: 'running' } : task)),
    }));
    await world.rounds(5);
    expect(world.remains()).to.include('service ring-00000001-1-launcher');
  });
});

/** The next look at the swarm shows this in place of what is so. */
function lookOnce(world: Scene, as: (seen: SwarmWorld) => SwarmWorld): void {
  const { observe } = world.swarm;
  world.swarm.observe = async () => {
    world.swarm.observe = observe;
    const seen = await observe.call(world.swarm);
    return seen.ok ? { ok: true, value: as(seen.value) } : seen;
  };
}
