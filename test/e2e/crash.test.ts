import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/swarm/engine.js';
import { PHASES, type Phase } from '../../controller/core/machine.js';
import { LABEL } from '../../controller/core/names.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { manifest } from './support/manifest.js';

/** A volume on the node that all containers of these jobs run on: the program's own ledger of its starts. */
const LEDGER = 'mpiswarm-test-ledger';

describe('a controller that is killed with SIGKILL', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;
  let hostname = '';

  before(async () => {
    const docker = engineClient(DOCKER);
    hostname = (await docker.info()).Name as string;
    await docker.createVolume({ Name: LEDGER, Labels: { 'mpiswarm.dev/test': 'ledger' } });
    mpiswarm = await TestInstallation.create();
  });

  after(async () => {
    await mpiswarm.destroy();
    await engineClient(DOCKER).getVolume(LEDGER).remove();
  });

  for (const phase of PHASES) {
    it(`in phase ${phase} and started again ends with the same result and one start of mpirun`, async () => {
      const name = `crash-${phase}`;
      const key = `default/${name}`;
      const text = manifest(name, {
        workers: {
          replicas: 2,
          placement: { constraints: [`node.hostname==${hostname}`] },
          volumes: [{ name: LEDGER, mountPath: '/ledger' }],
        },
        command: ['ledger', `/ledger/${name}`, '2', '0'],
      });
      await mpiswarm.start();
      await mpiswarm.drop(`${name}.yaml`, text);
      const seen = await mpiswarm.waitFor(key, ({ status }) => hasReached(status.phase, phase));
      await mpiswarm.stop('SIGKILL');
      await mpiswarm.start();
      const record = await mpiswarm.waitDone(key);
      await mpiswarm.stop();

      expect(record.uid, 'the same job').to.equal(seen.uid);
      expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
      expect(record.status.exitCode).to.equal(0);
      expect(record.status.runs, 'one attempt').to.have.length(1);
      expect(await starts(name), 'starts that the program itself counted').to.equal(1);
      const workers = await engineClient(DOCKER).listServices({
        filters: { label: [`${LABEL.job}=${key}`, `${LABEL.role}=workers`] },
      });
      expect(workers, 'workers are removed').to.deep.equal([]);
    });
  }

  function hasReached(phase: Phase, wanted: Phase): boolean {
    return PHASES.indexOf(phase) >= PHASES.indexOf(wanted);
  }

  async function starts(name: string): Promise<number> {
    const docker = engineClient(DOCKER);
    const container = await docker.createContainer({
      Image: 'mpiswarm/openmpi5:0.1.0',
      Cmd: ['cat', `/ledger/${name}`],
      HostConfig: { Binds: [`${LEDGER}:/ledger:ro`], NetworkMode: 'none' },
    });
    try {
      await container.start();
      await container.wait();
      const logs = await container.logs({ stdout: true, stderr: true, follow: false });
      return logs
        .toString()
        .split('\n')
        .filter(line => line.trim() !== '').length;
    } finally {
      await container.remove({ force: true });
    }
  }
});
