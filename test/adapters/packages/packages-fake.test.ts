import { FakeCluster } from '../../fakes/cluster.js';
import { Effects } from '../../fakes/effects.js';
import { FakePackages } from '../../fakes/packages.js';
import { FakeRuntime } from '../../fakes/runtime.js';
import { FakeSwarm } from '../../fakes/swarm.js';
import { packagesContract } from './packages.contract.js';

packagesContract('in memory', async () => {
  const edge = new FakeRuntime();
  const cluster = new FakeCluster(() => edge.now());
  const swarm = new FakeSwarm(cluster, new Effects());
  const ports: FakePackages[] = [];
  const port = (): FakePackages => {
    const packages = new FakePackages(cluster, new Effects(), () => edge.now());
    packages.unreadable.set('no-such.jar', 'it does not exist');
    ports.push(packages);
    return packages;
  };
  return {
    packages: port(),
    another: port,
    list: async () => {
      const seen = await swarm.observe();
      return seen.ok ? seen.value.packages : [];
    },
    networks: ['one', 'two'],
    readable: { path: 'hello.jar', content: { sha256: 'a'.repeat(64), bytes: 1_000 } },
    until: async (what, condition) => {
      for (let steps = 0; steps < 20; steps += 1) {
        if (await condition()) return;
        for (const one of ports) one.step();
      }
      throw new Error(`${what}: never`);
    },
  };
});
