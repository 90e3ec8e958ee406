import { expect } from 'chai';
import type { Policy } from '../../controller/api/policy/policy.js';
import { manifest, Scene } from './scene.js';

const statusOf = (world: Scene, name = 'ring') => world.job(`default/${name}`).status;

const most = (maxWorkers: number): Policy => ({ namespaces: { default: { maxWorkers } } });

describe('a job that the policy refuses', () => {
  it('waits without a run and says which rule it breaks, and holds up no other', async () => {
    const world = new Scene();
    world.policy = most(1);
    world.manifests.put('ring.yaml', manifest('ring', { workers: { replicas: 2 } }));
    world.manifests.put('one.yaml', manifest('one', { workers: { replicas: 1 } }));
    await world.untilDone('default/one');
    expect(statusOf(world)).to.include({ phase: 'pending', reason: 'PolicyRefused' });
    expect(statusOf(world).message).to.equal(
      'policy of namespace default: the job has 2 workers, the policy allows 1',
    );
    expect(statusOf(world).runs).to.deep.equal([]);
    const written = world.effects.log.length;
    await world.rounds(30);
    expect(world.effects.log.length, 'is written once').to.equal(written);
    world.policy = most(2);
    await world.untilDone('default/ring');
    expect(statusOf(world)).to.include({ outcome: 'Succeeded' });
  });

  it('because it has become stricter is not stopped, but its next attempt does not start', async () => {
    const world = new Scene();
    world.policy = most(2);
    world.agents.programs.set('default/ring', { exitCode: 1, lastsMs: 5_000 });
    const spec = { workers: { replicas: 2 }, runPolicy: { backoffLimit: 3 } };
    world.manifests.put('ring.yaml', manifest('ring', spec));
    await world.until('it runs', () => world.find('default/ring')?.status.phase === 'running');
    world.policy = most(1);
    await world.until('the run has ended', () => statusOf(world).runs[0]?.outcome !== undefined);
    expect(statusOf(world).runs[0]).to.include({ outcome: 'Failed', exitCode: 1 });
    await world.until('the next one is refused', () => statusOf(world).reason === 'PolicyRefused');
    expect(statusOf(world).runs).to.have.length(1);
  });
});
