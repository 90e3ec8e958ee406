import { expect } from 'chai';
import { hasEnded, indexed, setOf } from '../../../controller/core/model/swarm-index.js';
import { currentRun, record, swarmWorld } from '../build.js';

describe('the index of what was seen of Swarm', () => {
  const of = record();
  const world = swarmWorld(of);

  it('finds what a search of the lists finds', () => {
    const index = indexed(world);
    const { services, secrets, configs } = index.run(currentRun(of).id);
    expect(services).to.deep.equal(world.services.filter(s => s.labels['mpiswarm.dev/run'] !== undefined));
    expect(secrets).to.deep.equal(world.secrets);
    expect(configs).to.deep.equal(world.configs);
    for (const task of world.tasks) {
      expect(index.task(task.id)).to.equal(task);
      expect(index.tasks(task.service)).to.deep.equal(world.tasks.filter(t => t.service === task.service));
      expect(index.tasksIn(task.service, task.slot)).to.include(task);
      expect(index.tasksOn(task.service, task.node ?? '')).to.include(task);
    }
    for (const node of world.nodes) expect(index.node(node.id)).to.equal(node);
    for (const network of world.networks) expect(index.networks(network.name)).to.deep.equal([network]);
  });

  it('is empty for what is not there', () => {
    const index = indexed(world);
    expect(index.run('other-00000000-1')).to.deep.equal({ services: [], secrets: [], configs: [] });
    expect(index.tasks('other')).to.deep.equal([]);
    expect([index.task('other'), index.node('other'), index.package('other')]).to.deep.equal(Array(3));
  });

  it('is made once for a world, and again for another', () => {
    expect(indexed(world)).to.equal(indexed(world));
    expect(indexed({ ...world })).to.not.equal(indexed(world));
    const names = ['a', 'b'];
    expect(setOf(names)).to.equal(setOf(names));
    expect(setOf(names).has('b')).to.equal(true);
  });

  it('knows that a service without tasks has not ended', () => {
    const [launcher] = world.services.filter(s => s.labels['mpiswarm.dev/role'] === 'launcher');
    expect(hasEnded(world, launcher?.id ?? '')).to.equal(false);
    expect(hasEnded(world, 'other')).to.equal(false);
    const tasks = world.tasks.map(task => ({ ...task, state: 'complete' as const }));
    expect(hasEnded({ ...world, tasks }, launcher?.id ?? '')).to.equal(true);
  });
});
