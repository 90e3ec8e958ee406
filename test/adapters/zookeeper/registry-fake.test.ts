import { expect } from 'chai';
import { FakeRegistry } from '../../fakes/registry.js';
import { type AgentSide, itKeepsJobsAndRuns } from './registry.contract.js';
import { claim, registration } from './samples.js';

describe('registry in memory', () => {
  const registry = new FakeRegistry();
  const agents: AgentSide = {
    register: async (run, value) => registry.register(run, value),
    drop: async (run, index) => registry.drop(run, index),
    report: async (run, value) => registry.report(run, value),
    place: async (run, value) => registry.place(run, value),
    claim: async (run, value) => registry.claim(run, value),
    finish: async (run, value) => registry.finish(run, value),
  };

  itKeepsJobsAndRuns(() => ({ registry, agents }));

  it('lets only the first claim stand', async () => {
    await registry.createRun('claimed');
    expect(registry.claim('claimed', claim)).to.equal('created');
    expect(registry.claim('claimed', { ...claim, nonce: 'other' })).to.equal('exists');
  });

  it('loses what agents write to a run that is gone', () => {
    expect(registry.register('nowhere', registration(0))).to.equal(false);
  });

  it('says that it could not look while it is unreachable', async () => {
    registry.unreachable = 'connection refused';
    expect(await registry.observe([])).to.deep.equal({ ok: false, error: 'connection refused' });
    registry.unreachable = undefined;
  });
});
