import { expect } from 'chai';
import type { RunSpec } from '../../../controller/shared/protocol/protocol.js';
import type { Identity } from '../../../images/agent/runtime/identity.js';
import { ownRegistration } from '../../../images/agent/worker/registration.js';
import { resources } from '../../../images/agent/worker/resources.js';

/** All of 127.0.0.0/8 is this machine's own; no other process uses this one. */
const ADDRESS = '127.93.7.12';

function self(spec: Partial<RunSpec>): Identity {
  const identity = { task: 'task-1', node: { id: 'id', hostname: 'n1' }, spec: { sshPort: 2022, ...spec } };
  return identity as unknown as Identity;
}

describe('what a worker registers', () => {
  it('is where it is, what it has room for, and what of the machine it may use', async () => {
    const { resources, ...told } = await ownRegistration(self({ slotsPerWorker: 2 }), 3, ADDRESS);
    expect(told).to.deep.equal({
      ...{ index: 3, task: 'task-1', node: { id: 'id', hostname: 'n1' }, slots: 2 },
      ...{ address: ADDRESS, port: 2022 },
    });
    expect(resources.diskBytes).to.be.above(0);
  });

  it('has the resources that were requested, of its own group where there are several, unless it has limits', async () => {
    const of = async (spec: Partial<RunSpec>, index: number) =>
      (await ownRegistration(self(spec), index, undefined)).resources;
    const limits = resources();
    const requests = { cpus: 0.25, memoryBytes: 64_000_000 };
    expect(await of({ requests }, 0)).to.deep.include({ ...requests, ...limits });
    const groups = [
      { name: 'cpu', workers: 1, slots: 1, requests: { cpus: 2 } },
      { name: 'io', workers: 1, slots: 1 },
    ];
    expect(await of({ requests, groups }, 0)).to.deep.include({ cpus: 2, ...limits });
    const { diskBytes: _, ...none } = await of({ requests, groups }, 1);
    expect(none).to.deep.equal(limits);
  });

  it('has a free port for each name, of its own group where there are several', async () => {
    const alike = await ownRegistration(self({ ports: ['rpc'] }), 0, ADDRESS);
    expect(alike.ports).to.deep.equal({ rpc: 30_001 });
    const groups = [
      { name: 'cpu', workers: 2, slots: 1, ports: ['rpc'] },
      { name: 'gpu', workers: 1, slots: 4, ports: ['web', 'rpc'] },
      { name: 'io', workers: 1, slots: 1 },
    ];
    const grouped = self({ ports: ['rpc'], groups });
    const of = (index: number) => ownRegistration(grouped, index, ADDRESS);
    expect((await of(1)).ports).to.deep.equal({ rpc: 30_001 });
    expect(await of(2)).to.deep.include({ group: 'gpu', slots: 4, ports: { web: 30_001, rpc: 30_002 } });
    expect(await of(3)).to.not.have.property('ports');
  });

  it('has no ports where it has no address, and says what is wrong where an address is not its own', async () => {
    const spec = self({ ports: ['rpc'] });
    expect(await ownRegistration(spec, 0, undefined))
      .to.include({ address: '' })
      .and.not.have.property('ports');
    expect((await ownRegistration(spec, 0, '192.0.2.1')).fault).to.match(/^port 30001 on 192\.0\.2\.1: /);
  });
});
