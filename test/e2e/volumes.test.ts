import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { DOCKER } from './support/installation.js';
import { manifest } from './support/manifest.js';
import { removeUnused } from './support/remove.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

const SHARED = 'mpiswarm-test-shared';
const OWN = 'mpiswarm-test-own';

/** What every rank says of its directories; a file written into the volatile one must not be there at the next start. */
const SCRIPT = `
echo "before $(cat /shared/left 2>/dev/null || echo nothing) $(ls /scratch | wc -l)"
echo "own $(cat /own/left 2>/dev/null || echo nothing)"
grep -E ' /(own|scratch) ' /proc/mounts | while read device path type options rest; do echo "mount $path $type $device $options"; done
echo "$OMPI_COMM_WORLD_RANK" > /own/left
[ -e /shared/left ] || echo left > /shared/left
ls -d /odd*
dd if=/dev/zero of=/scratch/much bs=1M count=9 2>/dev/null && echo unlimited || echo limited
exit 0`;

describe('the volumes of a job on the real cluster @full', function () {
  this.timeout(150_000);
  const docker = engineClient(DOCKER);
  let mpiswarm: SharedInstallation;
  let hostname = '';

  before(async () => {
    hostname = (await docker.info()).Name as string;
    mpiswarm = await sharedInstallation('volumes');
  });

  after(async () => {
    await mpiswarm.close(async () => {
      for (const name of await ours()) await removeUnused(docker.getVolume(name));
    });
  });

  /** Names of this test's volumes on the first node, where all containers are. */
  async function ours(): Promise<readonly string[]> {
    const { Volumes } = await docker.listVolumes();
    return Volumes.map(({ Name }) => Name)
      .filter(name => [SHARED, OWN].some(one => name.startsWith(one)))
      .sort();
  }

  function text(name: string, launcher: 'Dedicated' | 'Worker0'): string {
    return manifest(name, {
      workers: {
        replicas: 2,
        placement: { constraints: [`node.hostname==${hostname}`] },
        volumes: [
          { name: SHARED, mountPath: '/shared' },
          {
            ...{ name: OWN, mountPath: '/own', scope: 'PerWorker', driver: 'local' },
            // The driver of NFS volumes, and the same way to the kernel; the kernel of a test machine may have no NFS
            options: { type: 'tmpfs', o: 'size=1m,mode=0750', device: 'worker-{{.Task.Slot}}' },
          },
          { mountPath: '/scratch', volatile: true, sizeLimit: '8Mi' },
          // Swarm takes the braces for a template
          { mountPath: '/odd{{name', volatile: true },
        ],
      },
      command: ['sh', '-c', SCRIPT],
      spec: { imagePullPolicy: 'Never', launcher: { mode: launcher } },
    });
  }

  async function said(key: string): Promise<readonly string[]> {
    const { status } = await mpiswarm.waitDone(key);
    expect(status.outcome, status.message).to.equal('Succeeded');
    return (await mpiswarm.output(status.runs.at(-1)?.id ?? '')).trim().split('\n').sort();
  }

  it('are shared or each worker’s own, with the options of the driver, and volatile ones are limited', async () => {
    await mpiswarm.drop('mounts.yaml', text('mounts', 'Dedicated'));
    const lines = await said('default/mounts');
    expect(lines.filter(line => line === 'limited')).to.have.length(2);
    expect(lines.filter(line => /^mount \/scratch tmpfs .*size=8192k/.test(line))).to.have.length(2);
    expect(lines.filter(line => line === 'own nothing')).to.have.length(2);
    expect(lines.filter(line => line === '/odd{{name')).to.have.length(2);
    for (const slot of [1, 2])
      expect(lines.filter(line => line.startsWith(`mount /own tmpfs worker-${slot} `))).to.have.length(1);
    expect(await ours()).to.deep.equal([`${OWN}-1`, `${OWN}-2`, SHARED]);
    const volume = await docker.getVolume(`${OWN}-2`).inspect();
    expect(volume.Driver).to.equal('local');
    expect(volume.Options).to.deep.equal({ type: 'tmpfs', o: 'size=1m,mode=0750', device: 'worker-2' });
  });

  it('are kept when the job is removed, except volatile ones', async () => {
    await mpiswarm.remove('mounts.yaml');
    await mpiswarm.waitGone('default/mounts');
    expect(await ours()).to.deep.equal([`${OWN}-1`, `${OWN}-2`, SHARED]);
    await mpiswarm.drop('mounts-again.yaml', text('mounts-again', 'Worker0'));
    const lines = await said('default/mounts-again');
    expect(lines.filter(line => line === 'before left 0')).to.have.length(2);
  });

  it('are numbered from 0 where worker 0 is the launcher', async () => {
    expect(await ours()).to.deep.equal([`${OWN}-0`, `${OWN}-1`, `${OWN}-2`, SHARED]);
    expect((await docker.getVolume(`${OWN}-0`).inspect()).Options?.['device']).to.equal('worker-0');
  });
});
