import { expect } from 'chai';
import { storeOutput } from '../../controller/core/store-output.js';
import type { SwarmWorld } from '../../controller/core/world.js';
import { currentRun, ended, NOW, record, swarmWorld } from './build.js';

const RUN = currentRun(ended(record(), { outcome: 'Succeeded', startedAt: NOW }));

function look(swarm: SwarmWorld, now = NOW) {
  return storeOutput(RUN, { swarm, runs: new Map(), stored: new Map(), expired: new Map() }, now);
}

const running = swarmWorld(record());
const over: SwarmWorld = {
  ...running,
  tasks: running.tasks.map(task => (task.id === 'launcher' ? { ...task, state: 'complete' } : task)),
};

describe('the output of a run that has ended', () => {
  it('is not complete while its container still runs', () => {
    expect(look(running)).to.deep.equal([]);
  });

  it('is stored once its container has ended', () => {
    expect(look(over)).to.deep.equal([
      { do: 'store-output', run: RUN.id, service: 'id-launcher', giveUp: false },
    ]);
  });

  it('is given up where one look does not show its launcher, but only after 30 s', () => {
    const without = { ...over, services: [] };
    const lost = { do: 'store-output', run: RUN.id, service: '' };
    expect(look(without)).to.deep.equal([{ ...lost, giveUp: false }]);
    expect(look(without, NOW + 30_001)).to.deep.equal([{ ...lost, giveUp: true }]);
  });
});
