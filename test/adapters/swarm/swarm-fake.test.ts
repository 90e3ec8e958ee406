import { FakeCluster } from '../../fakes/cluster.js';
import { Effects } from '../../fakes/effects.js';
import { foreignSpec } from '../../fakes/foreign.js';
import { FakeRuntime } from '../../fakes/runtime.js';
import { FakeSwarm } from '../../fakes/swarm.js';
import { swarmContract } from './swarm.contract.js';

swarmContract('in memory', async () => {
  const edge = new FakeRuntime();
  const cluster = new FakeCluster(() => edge.now());
  cluster.addNode('n1');
  cluster.addNode('n2');
  cluster.badImages.set('no-such:1', 'No such image: no-such:1');
  const unreachable = new FakeSwarm(cluster, new Effects());
  unreachable.unreachable = 'connection refused';
  return {
    swarm: new FakeSwarm(cluster, new Effects()),
    unreachable,
    image: 'shell:1',
    missingImage: 'no-such:1',
    until: async (what, condition) => {
      for (let steps = 0; steps < 20; steps += 1) {
        if (await condition()) return;
        cluster.step();
        edge.advance(100);
      }
      throw new Error(`${what}: never`);
    },
    removeNetwork: async name => {
      const at = cluster.networks.findIndex(network => network.name === name);
      if (at >= 0) cluster.networks.splice(at, 1);
    },
    foreign: async name => cluster.createObject('secrets', name, 'x', {}),
    foreignService: async (name, { nanoCpus, memoryBytes }, networks = []) => {
      const reserved = { requestNanoCpus: nanoCpus, requestMemoryBytes: memoryBytes };
      cluster.createService({ ...foreignSpec(name, reserved), networks });
      return async () =>
        cluster.removeService(cluster.services.find(one => one.spec.name === name)?.id ?? '');
    },
    play: (name, { out, err, code }) => {
      const service = cluster.services.find(one => one.spec.name === name);
      const task = cluster.tasks.find(one => one.service === service?.id);
      if (!service || !task) throw new Error(`${name} has no task`);
      cluster.write(service.id, 'stdout', out);
      cluster.write(service.id, 'stderr', err);
      cluster.end(task, code);
    },
  };
});
