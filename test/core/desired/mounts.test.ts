import { expect } from 'chai';
import { serviceBody } from '../../../controller/adapters/swarm/service-spec.js';
import { type Inhabitant, mounts } from '../../../controller/core/desired/mounts.js';
import type { Mount } from '../../../controller/core/model/specs.js';
import { INSTALLATION, job } from '../build.js';

type Volumes = NonNullable<NonNullable<Parameters<typeof job>[0]>['workers']>['volumes'];

/** What the manifest's own volumes are for such a container. */
function mounted(volumes: NonNullable<Volumes>, whose: Inhabitant = 'workers', group = ''): readonly Mount[] {
  const of = job({ workers: { volumes } });
  const all = mounts(of, INSTALLATION.agent, { workers: of.spec.workers, group, whose });
  return all.slice(all.findIndex(({ target }) => target === '/twister2') + 1);
}

const DATA = { name: 'data', mountPath: '/data' } as unknown as NonNullable<Volumes>[number];

describe('the volumes of a job', () => {
  it('are named volumes, which an image may fill', () => {
    expect(mounted([DATA])).to.deep.equal([
      { type: 'volume', source: 'data', target: '/data', readOnly: false, noCopy: false },
    ]);
  });

  it('have the driver and the options that the manifest gives, and Docker’s own driver where it names none', () => {
    const options = { type: 'nfs', o: 'addr=10.0.0.9,rw', device: ':/export/{{data}}' };
    const [nfs] = mounted([{ ...DATA, options }]);
    expect(nfs).to.deep.include({
      driver: { name: 'local', options: { ...options, device: ':/export/{{"{{"}}data}}' } },
    });
    const [other] = mounted([{ ...DATA, driver: 'example/sshfs' }]);
    expect(other).to.deep.include({ driver: { name: 'example/sshfs', options: {} } });
  });

  it('are separate for each worker if requested, numbered as in its host name', () => {
    const options = { type: 'nfs', device: ':/export/{{.Task.Slot}}/{{x', o: 'addr=10.0.0.9' };
    const own = [{ ...DATA, scope: 'PerWorker' as const, options }];
    const of = (whose: Inhabitant, group?: string) =>
      mounted(own, whose, group).map(mount =>
        mount.type === 'volume' ? [mount.source, mount.driver?.options['device']] : [],
      );
    expect(of('workers')).to.deep.equal([['data-{{.Task.Slot}}', ':/export/{{.Task.Slot}}/{{"{{"}}x']]);
    expect(of('worker 0')).to.deep.equal([['data-0', ':/export/0/{{"{{"}}x']]);
    expect(of('launcher')).to.deep.equal([]);
    expect(of('workers', 'gpu')).to.deep.equal([
      ['data-gpu-{{.Task.Slot}}', ':/export/gpu-{{.Task.Slot}}/{{"{{"}}x'],
    ]);
    expect(of('worker 0', 'gpu')).to.deep.equal([['data-gpu-0', ':/export/gpu-0/{{"{{"}}x']]);
  });

  it('are in memory, open to every user and limited where they are volatile', () => {
    const volatile = { mountPath: '/scratch', volatile: true } as unknown as NonNullable<Volumes>[number];
    expect(mounted([volatile])).to.deep.equal([{ type: 'tmpfs', target: '/scratch', mode: 0o1777 }]);
    expect(mounted([{ ...volatile, sizeLimit: '64Mi' }], 'launcher')).to.deep.equal([
      { type: 'tmpfs', target: '/scratch', sizeBytes: 64 * 2 ** 20, mode: 0o1777 },
    ]);
  });

  it('may replace the folder that is made for the hostfile', () => {
    const of = job({ workers: { volumes: [{ ...DATA, mountPath: '/twister2' }] } });
    const whose = { workers: of.spec.workers, group: '', whose: 'launcher' } as const;
    const targets = mounts(of, INSTALLATION.agent, whose).map(({ target }) => target);
    expect(targets.filter(target => target === '/twister2')).to.have.length(1);
  });

  it('reach the engine with driver and options', () => {
    const options = { type: 'tmpfs', device: 'tmpfs' };
    const body = serviceBody(
      {
        ...{ name: 'x', labels: {}, image: 'x', withRegistryAuth: false, command: [], env: {} },
        ...{ mode: { kind: 'global' }, restart: 'none', networks: [], secrets: [], configs: [] },
        ...{ constraints: [], spread: [], resources: {}, stopGraceMs: 0 },
        mounts: mounted([{ ...DATA, options }]),
      },
      { secrets: new Map(), configs: new Map() },
      [],
    );
    expect(JSON.stringify(body)).to.include(
      '"VolumeOptions":{"NoCopy":false,"DriverConfig":{"Name":"local","Options":{"type":"tmpfs","device":"tmpfs"}}}',
    );
  });
});
