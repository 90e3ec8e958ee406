import { expect } from 'chai';
import { type OutputWorld, storeOutput } from '../../../controller/core/plan/store-output.js';
import { currentRun, NOW, readyZnodes, record, swarmWorld } from '../build.js';

const of = record();
const run = { ...currentRun(of), startedAt: NOW, endedAt: NOW, outcome: 'Succeeded' } as const;

/** The launcher has ended and worker 1 has not said that it handed over everything. */
function world(change: (world: OutputWorld) => OutputWorld = w => w): OutputWorld {
  const swarm = swarmWorld(of);
  const tasks = swarm.tasks.map(task =>
    task.id === 'launcher' ? ({ ...task, state: 'complete' } as const) : task,
  );
  const result = {
    ...{ task: 'launcher', exitCode: 0, startedAt: NOW, endedAt: NOW },
    ...{ stdoutBytes: 3, stderrBytes: 4, tail: '' },
  };
  const placements = [
    { worker: 0, task: 'worker-0', ranks: [0], copied: 9 },
    { worker: 1, task: 'worker-1', ranks: [1], copied: 'pending' },
  ] as const;
  return change({
    swarm: { ...swarm, tasks },
    runs: new Map([[run.id, { ...readyZnodes(), result, placements }]]),
    stored: new Map(),
    expired: new Map(),
  });
}

describe('the output of a run that has ended', () => {
  it('is stored once every worker has handed over what its ranks wrote', () => {
    expect(storeOutput(run, world(), 0)).to.deep.equal([]);
    const handedOver = world(w => ({
      ...w,
      runs: new Map([...w.runs].map(([id, r]) => [id, { ...r, placements: r.placements.slice(0, 1) }])),
    }));
    expect(storeOutput(run, handedOver, 0)).to.deep.equal([
      {
        do: 'store-output',
        run: run.id,
        service: 'id-launcher',
        workers: ['id-workers'],
        giveUp: false,
        copied: 9,
        bytes: 7,
      },
    ]);
  });

  it('does not wait for a worker that is gone, or whose node is', () => {
    const gone = world(w => ({
      ...w,
      swarm: { ...w.swarm, tasks: w.swarm.tasks.filter(({ id }) => id !== 'worker-1') },
    }));
    expect(storeOutput(run, gone, 0)).to.have.length(1);
    const cut = world(w => ({
      ...w,
      swarm: { ...w.swarm, nodes: w.swarm.nodes.map(node => ({ ...node, reachable: false })) },
    }));
    expect(storeOutput(run, cut, 0)).to.have.length(1);
  });

  it('does not wait for long', () => {
    expect(storeOutput(run, world(), 9_000)).to.deep.equal([]);
    expect(storeOutput(run, world(), 11_000)).to.have.length(1);
  });

  it('is not stored while the launcher runs, or when it was stored before', () => {
    const runs = world(w => ({ ...w, swarm: swarmWorld(of) }));
    // Later than what ranks wrote is waited for, and before it is given up
    expect(storeOutput(run, runs, 11_000)).to.deep.equal([]);
    expect(storeOutput(run, runs, 30_001)).to.have.length(1);
    expect(storeOutput({ ...run, output: { bytes: 7 } }, world(), 60_000)).to.equal('stored');
  });

  it('is given up when its launcher is missing, but only after 30 s', () => {
    const without = world(w => ({ ...w, swarm: { ...w.swarm, services: [] } }));
    const lost = { do: 'store-output', run: run.id, service: '', workers: [], copied: 9, bytes: 7 };
    expect(storeOutput(run, without, 11_000)).to.deep.equal([{ ...lost, giveUp: false }]);
    expect(storeOutput(run, without, 30_001)).to.deep.equal([{ ...lost, giveUp: true }]);
  });
});
