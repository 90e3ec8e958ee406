import { expect } from 'chai';
import { createMachine, transition } from 'xstate';
import { decide, ladder, type Rungs } from '../../../controller/core/ladder/machine.js';
import { eachRung, LADDER, PHASES } from '../../../controller/core/model/phase.js';

const RUNGS = LADDER.map(({ phase }) => phase);

function combination(bits: number): Rungs {
  const bit = (index: number): boolean => (bits & (1 << index)) !== 0;
  const [started, ended] = [bit(RUNGS.length), bit(RUNGS.length + 1)];
  return { holds: eachRung(rung => bit(RUNGS.indexOf(rung))), started, ended };
}

const ALL = Array.from({ length: 2 ** (RUNGS.length + 2) }, (_, bits) => combination(bits));

describe('the ladder', () => {
  it('decides the same from every phase', () => {
    for (const rungs of ALL) {
      const expected = decide('pending', rungs);
      for (const from of PHASES)
        expect(decide(from, rungs), `${from} ${JSON.stringify(rungs)}`).to.equal(expected);
    }
  });

  it('stops below the first rung that does not hold', () => {
    for (const rungs of ALL.filter(one => !one.started && !one.ended)) {
      const first = RUNGS.findIndex(rung => !rungs.holds[rung]);
      const height = first < 0 ? RUNGS.length : first;
      expect(decide('pending', rungs), JSON.stringify(rungs)).to.equal(PHASES[height]);
    }
  });

  it('stays running once started, whatever else became false', () => {
    for (const rungs of ALL.filter(one => one.started && !one.ended)) {
      expect(decide('pending', rungs)).to.equal('running');
    }
  });

  it('throws if it ever has a cycle', () => {
    const { options } = ladder.config;
    expect(options?.maxIterations).to.equal(PHASES.length + 1);
    const states = { a: { on: { GO: 'b' } }, b: { always: 'c' }, c: { always: 'b' } };
    const circle = createMachine({ initial: 'a', states, ...(options ? { options } : {}) });
    const from = circle.resolveState({ value: 'a' });
    expect(() => transition(circle, from, { type: 'GO' })).to.throw('Infinite loop');
  });

  it('is done when the job has ended, whatever else holds', () => {
    for (const rungs of ALL.filter(one => one.ended)) expect(decide('running', rungs)).to.equal('done');
  });
});
