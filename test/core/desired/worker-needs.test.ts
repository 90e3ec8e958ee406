import { expect } from 'chai';
import { workerNeeds } from '../../../controller/core/desired/worker-needs.js';

describe('what a run tells its workers of their needs', () => {
  it('is cpus and bytes of memory that the manifest requests, and names of ports', () => {
    const requests = { cpu: '1500m', memory: '1Gi' };
    expect(workerNeeds({ ports: ['rpc'], resources: { requests, limits: {} } })).to.deep.equal({
      ports: ['rpc'],
      requests: { cpus: 1.5, memoryBytes: 2 ** 30 },
    });
  });

  it('is nothing where only limits are given, which a worker sees by itself', () => {
    expect(workerNeeds({ resources: { requests: {}, limits: { cpu: '2' } } })).to.deep.equal({});
  });
});
