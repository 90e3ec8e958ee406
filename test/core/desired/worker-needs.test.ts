import { expect } from 'chai';
import { workerNeeds } from '../../../controller/core/desired/worker-needs.js';

describe('the needs of workers in the record of a run', () => {
  it('are the requested cpus and bytes of memory, and the names of ports', () => {
    const requests = { cpu: '1500m', memory: '1Gi' };
    expect(workerNeeds({ ports: ['rpc'], resources: { requests, limits: {} } })).to.deep.equal({
      ports: ['rpc'],
      requests: { cpus: 1.5, memoryBytes: 2 ** 30 },
    });
  });

  it('are none if only limits are given, which a worker sees by itself', () => {
    expect(workerNeeds({ resources: { requests: {}, limits: { cpu: '2' } } })).to.deep.equal({});
  });
});
