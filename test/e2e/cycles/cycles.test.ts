import { expect } from 'chai';
import { TestInstallation } from '../support/installation.js';
import { runCycles } from './cycles.js';

const CYCLES = 20;

describe('jobs that are created and removed again and again @full', function () {
  this.timeout(300_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    await mpiswarm.start();
  });

  after(async () => mpiswarm.destroy());

  it('leave engines, swarm, ZooKeeper and the addresses of their network as they were', async () => {
    const { differences, freeAddresses } = await runCycles(mpiswarm, {
      count: CYCLES,
      parallel: 5,
      say: () => undefined,
    });
    expect(differences).to.deep.equal([]);
    expect(freeAddresses.after).to.equal(freeAddresses.before);
  });
});
