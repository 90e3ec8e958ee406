import { expect } from 'chai';
import { Effects } from '../../fakes/effects.js';
import { type RunZnodes, RunZnodesStore } from '../../fakes/run-znodes.js';
import { type AgentSide, itKeepsJobsAndRuns } from './state-store.contract.js';

describe('registry in memory', () => {
  const registry = new RunZnodesStore(new Effects());
  const znodesOf = (run: string): RunZnodes => {
    const znodes = registry.runs.get(run);
    if (!znodes) throw new Error(`run ${run} has no znodes`);
    return znodes;
  };
  const as = async (run: string, change: (znodes: RunZnodes) => unknown): Promise<void> => {
    change(znodesOf(run));
    registry.ring();
  };
  const agents: AgentSide = {
    register: (run, value) => as(run, ({ registrations }) => registrations.set(value.index, value)),
    drop: (run, index) => as(run, ({ registrations }) => registrations.delete(index)),
    report: (run, launcher) => as(run, znodes => Object.assign(znodes, { launcher })),
    place: (run, value) => as(run, ({ placements }) => placements.set(value.worker, value)),
    claim: (run, claim) => as(run, znodes => Object.assign(znodes, { claim })),
    finish: (run, result) => as(run, znodes => Object.assign(znodes, { result })),
    tell: (run, rank, record) => as(run, ({ ranks }) => ranks.set(rank, record)),
    directory: async run => znodesOf(run).directory,
    lock: run => as(run, znodes => Object.assign(znodes, { unremovable: 'not permitted' })),
  };

  const spoil = async (key: string, text: string): Promise<void> => {
    const version = (registry.jobs.get(key)?.version ?? -1) + 1;
    registry.jobs.set(key, { text, version });
  };

  itKeepsJobsAndRuns(() => ({ registry, agents, spoil }));

  it('reports an error while it is unreachable', async () => {
    registry.unreachable = 'connection refused';
    expect(await registry.observe([])).to.deep.equal({ ok: false, error: 'connection refused' });
    registry.unreachable = undefined;
  });
});
