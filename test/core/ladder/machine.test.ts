import { expect } from 'chai';
import { decide, type Rungs } from '../../../controller/core/ladder/machine.js';
import { PHASES } from '../../../controller/core/model/phase.js';

const NAMES = [
  'imaged',
  'networked',
  'sshReady',
  'registered',
  'hostfileWritten',
  'started',
  'ended',
] as const;

function combination(bits: number): Rungs {
  return Object.fromEntries(NAMES.map((name, i) => [name, (bits & (1 << i)) !== 0])) as unknown as Rungs;
}

const ALL = Array.from({ length: 2 ** NAMES.length }, (_, bits) => combination(bits));

describe('the ladder', () => {
  it('decides the same whatever phase it comes from', () => {
    for (const rungs of ALL) {
      const expected = decide('pending', rungs);
      for (const from of PHASES)
        expect(decide(from, rungs), `${from} ${JSON.stringify(rungs)}`).to.equal(expected);
    }
  });

  it('stops below the first rung that does not hold', () => {
    const ladder = NAMES.slice(0, 5);
    for (const rungs of ALL.filter(one => !one.started && !one.ended)) {
      const first = ladder.findIndex(name => !rungs[name]);
      const height = first < 0 ? ladder.length : first;
      expect(decide('pending', rungs), JSON.stringify(rungs)).to.equal(PHASES[height]);
    }
  });

  it('stays running once started, whatever else became false', () => {
    for (const rungs of ALL.filter(one => one.started && !one.ended)) {
      expect(decide('pending', rungs)).to.equal('running');
    }
  });

  it('is done when the job has ended, whatever else holds', () => {
    for (const rungs of ALL.filter(one => one.ended)) expect(decide('running', rungs)).to.equal('done');
  });
});
