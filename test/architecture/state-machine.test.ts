import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { decide, NO_RUNGS } from '../../controller/core/ladder/machine.js';
import { eachRung, PHASES } from '../../controller/core/model/phase.js';
import { arrows, PAGE, stateMachinePage } from '../../scripts/state-machine.js';

describe('the page on the state machine', () => {
  it('is what the code gives: else run scripts/state-machine.ts', async () => {
    expect(await readFile(PAGE, 'utf8')).to.equal(stateMachinePage());
  });

  it('has an arrow to every phase but the first', () => {
    expect(new Set(arrows().map(({ to }) => to))).to.deep.equal(new Set(PHASES.slice(1)));
  });

  it('shows arrows that the machine takes', () => {
    const climbed = new Set<string>();
    for (const { to, guard } of arrows().filter(arrow => !['started', 'ended'].includes(arrow.guard))) {
      climbed.add(guard);
      expect(decide('pending', { ...NO_RUNGS, holds: eachRung(rung => climbed.has(rung)) })).to.equal(to);
    }
  });
});
