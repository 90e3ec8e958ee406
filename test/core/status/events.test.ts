import { expect } from 'chai';
import type { Mutable } from '../../../controller/core/model/mutable.js';
import { type JobStatus, MAX_EVENTS } from '../../../controller/core/model/record.js';
import { addEvent } from '../../../controller/core/status/events.js';
import { NOW, record } from '../build.js';

function status(): Mutable<JobStatus> {
  return { ...record().status };
}

function add(to: Mutable<JobStatus>, message: string, at: number): void {
  addEvent(to, { at, type: 'Warning', reason: 'NodeUnreachable', message });
}

describe('the events of a job', () => {
  it('count repetitions in a run, and keep their order', () => {
    const of = status();
    add(of, 'a', NOW);
    add(of, 'b', NOW + 1);
    add(of, 'a', NOW + 2);
    expect(of.events.map(({ message, count, first, at }) => [message, count, first, at])).to.deep.equal([
      ['a', 2, NOW, NOW + 2],
      ['b', 1, undefined, NOW + 1],
    ]);
  });

  it('are separate for each run', () => {
    const of = status();
    add(of, 'a', NOW);
    of.runs = of.runs.map(run => ({ ...run, number: 2 }));
    add(of, 'a', NOW + 1);
    expect(of.events.map(({ run, count }) => [run, count])).to.deep.equal([
      [1, 1],
      [2, 1],
    ]);
  });

  it('are dropped from earlier runs first, then from the middle of this run', () => {
    const of = status();
    for (let i = 0; i < 10; i += 1) add(of, `before ${i}`, NOW + i);
    of.runs = of.runs.map(run => ({ ...run, number: 2 }));
    for (let i = 0; i < MAX_EVENTS; i += 1) add(of, `now ${i}`, NOW + 100 + i);
    expect(of.events.map(({ message }) => message)).to.deep.equal(
      Array.from({ length: MAX_EVENTS }, (_, i) => `now ${i}`),
    );
    add(of, 'one more', NOW + 900);
    expect(of.events).to.have.length(MAX_EVENTS);
    expect(of.events.slice(0, 20).map(({ message }) => message)).to.include.members(['now 0', 'now 19']);
    expect(of.events.map(({ message }) => message)).to.not.include('now 20');
    expect(of.events.at(-1)?.message).to.equal('one more');
  });
});
