import { expect } from 'chai';
import { droppedCapabilities } from '../../../controller/adapters/docker/capabilities.js';
import { serviceBody } from '../../../controller/adapters/swarm/service-spec.js';
import type { ServiceSpec } from '../../../controller/core/model/specs.js';

const SPEC: ServiceSpec = {
  ...{ name: 'x', labels: {}, image: 'x', withRegistryAuth: false, command: [], env: {}, mounts: [] },
  ...{ mode: { kind: 'global' }, restart: 'none', networks: [], secrets: [], configs: [] },
  ...{ constraints: [], spread: [], resources: {}, stopGraceMs: 0 },
};

function dropped(auditWrite: boolean): unknown {
  const body = serviceBody(
    SPEC,
    { secrets: new Map(), configs: new Map() },
    droppedCapabilities({ auditWrite }),
  );
  const { ContainerSpec } = body['TaskTemplate'] as { ContainerSpec: Record<string, unknown> };
  return ContainerSpec['CapabilityDrop'];
}

describe('the body of a service', () => {
  it('takes the capabilities from its containers that no program of a job needs', () => {
    expect(dropped(false)).to.have.members(['CAP_NET_RAW', 'CAP_MKNOD', 'CAP_SETFCAP', 'CAP_AUDIT_WRITE']);
  });

  it('leaves them AUDIT_WRITE where the operator says so', () => {
    expect(dropped(true)).to.have.members(['CAP_NET_RAW', 'CAP_MKNOD', 'CAP_SETFCAP']);
  });

  it('lets the engine keep more of the log than the agent passes on, and no more than that', () => {
    const log = (outputLimit?: number) => {
      const spec = outputLimit === undefined ? SPEC : { ...SPEC, outputLimit };
      const { TaskTemplate } = serviceBody(spec, { secrets: new Map(), configs: new Map() }, []);
      return (TaskTemplate as { LogDriver: { Options: unknown } }).LogDriver.Options;
    };
    expect(log(2 ** 30)).to.deep.equal({ 'max-size': '2684354560', 'max-file': '2' });
    expect(log()).to.deep.equal({ 'max-size': '10485760', 'max-file': '2' });
  });

  it('closes the files of secrets to all but the user of the container, where its number is known', () => {
    const files = (user?: string) => {
      const spec = {
        ...SPEC,
        secrets: [{ name: 's', target: '/run/s' }],
        configs: [{ name: 'c', target: '/c' }],
      };
      const ids = { secrets: new Map([['s', 'id-s']]), configs: new Map([['c', 'id-c']]) };
      const { TaskTemplate } = serviceBody(user === undefined ? spec : { ...spec, user }, ids, []);
      const { ContainerSpec } = TaskTemplate as {
        ContainerSpec: Record<'Secrets' | 'Configs', { File: { UID: string; Mode: number } }[]>;
      };
      const [secret, config] = [ContainerSpec.Secrets[0]?.File, ContainerSpec.Configs[0]?.File];
      expect([config?.UID, config?.Mode]).to.deep.equal(['0', 0o444]);
      return [secret?.UID, secret?.Mode];
    };
    expect(files()).to.deep.equal(['0', 0o400]);
    expect(files('root:users')).to.deep.equal(['0', 0o400]);
    expect(files('1000')).to.deep.equal(['1000', 0o400]);
    expect(files('1000:1000')).to.deep.equal(['1000', 0o400]);
    expect(files('app')).to.deep.equal(['0', 0o444]);
  });
});
