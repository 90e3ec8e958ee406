import { expect } from 'chai';
import { jumpWords, rebased } from '../../../controller/core/job/rebase.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { currentRun, ended, NOW, record } from '../build.js';

const HOUR = 3_600_000;

function waiting(): JobRecord {
  const of = ended(record(), { startedAt: NOW, outcome: 'Failed', phases: { pending: NOW, running: NOW } });
  const losses = [{ worker: 1, since: NOW, message: 'gone' }];
  return { ...of, status: { ...of.status, timers: { CleaningUp: NOW }, losses } };
}

describe('a record after the clock jumped', () => {
  it('is the same one if it did not', () => {
    const of = waiting();
    expect(rebased(of, 0, NOW)).to.equal(of);
  });

  it('counts from times that jumped along', () => {
    const { status } = rebased(waiting(), HOUR, NOW + HOUR);
    expect(status).to.deep.include({ startTime: NOW + HOUR, timers: { CleaningUp: NOW + HOUR } });
    expect(status.losses?.[0]?.since).to.equal(NOW + HOUR);
    expect(status.runs[0]).to.deep.include({
      createdAt: NOW + HOUR,
      startedAt: NOW + HOUR,
      endedAt: NOW + HOUR,
      phases: { pending: NOW + HOUR, running: NOW + HOUR },
    });
  });

  it('is as before when the clock jumps back by as much, but for the events that say so', () => {
    const of = waiting();
    const back = rebased(rebased(of, HOUR, NOW + HOUR), -HOUR, NOW);
    expect({ ...back.status, events: [] }).to.deep.equal({ ...of.status, events: [] });
    expect(back.status.events.map(({ reason }) => reason)).to.deep.equal(['ClockJumped', 'ClockJumped']);
  });

  it('says nothing of it if the job is done', () => {
    const of = waiting();
    const done: JobRecord = { ...of, status: { ...of.status, phase: 'done' } };
    expect(rebased(done, HOUR, NOW).status.events).to.deep.equal([]);
    expect(currentRun(rebased(done, HOUR, NOW)).endedAt).to.equal(NOW + HOUR);
  });
});

describe('the words for a jump', () => {
  for (const [ms, words] of [
    [12_000, 'ahead by 12 s'],
    [-HOUR, 'back by 60 min'],
    [25 * HOUR, 'ahead by 25 h'],
  ] as const) {
    it(words, () => {
      expect(jumpWords(ms)).to.equal(words);
    });
  }
});
