import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

/** What is made on the way of a job through a tick, each in a file of the core. */
const VALUES = {
  prepareJob: 'job/reconcile.ts',
  applyEdit: 'job/edit.ts',
  runView: 'observed/run-view.ts',
  desire: 'desired/desired.ts',
  facts: 'ladder/facts.ts',
  runIntent: 'run/stop.ts',
  runEnd: 'run/run-end.ts',
  settlement: 'job/settlement.ts',
  afterRun: 'run/next-step.ts',
  nextStep: 'run/next-step.ts',
  reconcileJob: 'job/reconcile.ts',
  decide: 'ladder/machine.ts',
  planRun: 'plan/plan.ts',
  waitingOn: 'status/waiting-on.ts',
  nextStatus: 'status/status.ts',
} as const;

const size = (range: Profiler.CoverageRange): number => range.endOffset - range.startOffset;

/** How often each of them is called while `act` runs, by V8's own count. */
async function calls(act: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await act();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const counts = Object.entries(VALUES).map(([name, file]) => {
      const functions = result.filter(({ url }) => url.endsWith(`/controller/core/${file}`));
      const found = functions.flatMap(one => one.functions).filter(one => one.functionName === name);
      // The transpiler exports each function by a getter of the same name, which is shorter
      const ranges = found.flatMap(one => one.ranges.slice(0, 1)).sort((a, b) => size(b) - size(a));
      return [name, ranges[0]?.count ?? 0] as const;
    });
    return Object.fromEntries(counts);
  } finally {
    session.disconnect();
  }
}

describe('one tick over ten jobs that run', () => {
  it('makes each value once for each job', async () => {
    const scene = new Scene();
    const names = Array.from({ length: 10 }, (_, i) => `ring-${i}`);
    for (const name of names) {
      scene.agents.programs.set(`default/${name}`, { endless: true });
      scene.manifests.put(`${name}.yaml`, manifest(name));
    }
    await scene.until('all started', () => scene.agents.ledger.length === names.length);
    await scene.rounds(5);
    const once = Object.fromEntries(Object.keys(VALUES).map(name => [name, names.length]));
    expect(await calls(() => scene.controller.tick())).to.deep.equal(once);
  });
});
