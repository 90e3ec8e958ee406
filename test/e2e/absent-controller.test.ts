import { join } from 'node:path';
import { expect } from 'chai';
import type { JobRecord } from '../../controller/core/model/record.js';
import { TestInstallation, until } from './support/installation.js';
import { manifest } from './support/manifest.js';
import { alive, containersOf, processesIn } from './support/processes.js';
import { remains } from './support/remains.js';

const TWO = { replicas: 2 };

describe('manifests that are removed while no controller runs @full', function () {
  this.timeout(150_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create(['--grace', '3s']);
    // Without it the folder would be empty, which counts as a failed mount
    await mpiswarm.drop('anchor.yaml', manifest('anchor', { spec: { runPolicy: { suspend: true } } }));
    await mpiswarm.start();
  });

  after(async () => mpiswarm.destroy());

  it('make the next controller remove their jobs, running and finished', async () => {
    const endless = manifest('absent', { workers: TWO, command: ['sh', '-c', 'exec sleep 1000'] });
    await mpiswarm.drop('absent.yaml', endless);
    await mpiswarm.drop('over.yaml', manifest('over', { workers: TWO, command: ['true'] }));
    const open = await mpiswarm.waitFor(
      'default/absent',
      ({ status }) => status.phase === 'running' && status.workers.every(({ ranks }) => ranks.length > 0),
    );
    const over = await mpiswarm.waitDone('default/over');
    const processes = processesIn(await containersOf('default/absent'));
    await mpiswarm.stop('SIGKILL');
    const { code, stderr } = await mpiswarm.cli(
      'delete',
      'absent',
      'over',
      '--manifests',
      mpiswarm.manifests,
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const file = join(mpiswarm.manifests, 'absent.yaml');
    const { stdout } = await mpiswarm.cli('plan', file, '--manifests', mpiswarm.manifests);
    expect(stdout.split('\n')[1]).to.equal('  delete: run 1 would be stopped, everything of the job removed');
    await mpiswarm.start();
    await mpiswarm.waitNone(['default/absent', 'default/over']);
    expect(await remains(mpiswarm, 'default/absent', runIds(open))).to.deep.equal([]);
    expect(await remains(mpiswarm, 'default/over', runIds(over))).to.deep.equal([]);
    await until('the end of every process', 30_000, async () => alive(processes).length === 0 || undefined);
    expect(await mpiswarm.job('default/anchor'), 'another job of the folder').to.not.equal(undefined);
  });
});

const runIds = ({ status }: JobRecord): readonly string[] => status.runs.map(({ id }) => id);
