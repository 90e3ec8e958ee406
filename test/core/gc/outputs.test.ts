import { expect } from 'chai';
import { expiries, type OutputLimits } from '../../../controller/core/gc/outputs.js';
import type { JobRecord, RunStatus } from '../../../controller/core/model/record.js';
import type { StoredOutput } from '../../../controller/core/model/world.js';
import { currentRun, NOW, record } from '../build.js';

const DAY = 86_400_000;
const GENEROUS: OutputLimits = { runs: 20, ageMs: 30 * DAY, bytes: 1_000 };

/** A job of so many ended runs, a day apart; the last one ended at {@link NOW}. */
function job(name: string, runs: number): JobRecord {
  const of = record();
  const run = (i: number): RunStatus => ({
    ...currentRun(of),
    number: i + 1,
    id: `${name}-${i + 1}`,
    outcome: 'Succeeded',
    endedAt: NOW - (runs - 1 - i) * DAY,
  });
  return {
    ...of,
    key: `default/${name}`,
    status: { ...of.status, runs: Array.from({ length: runs }, (_, i) => run(i)) },
  };
}

function stored(...records: readonly JobRecord[]): ReadonlyMap<string, StoredOutput> {
  const runs = records.flatMap(({ status }) => status.runs);
  return new Map(runs.map(({ id, endedAt = 0 }) => [id, { bytes: 100, at: endedAt }]));
}

function why(
  records: readonly JobRecord[],
  limits: Partial<OutputLimits>,
  extra: [string, StoredOutput][] = [],
) {
  const there = new Map([...stored(...records), ...extra]);
  const found = expiries(records, there, { limits: { ...GENEROUS, ...limits }, now: NOW });
  return Object.fromEntries([...found].map(([run, { reason }]) => [run, reason]));
}

describe('the output of ended runs', () => {
  it('is kept within the limits', () => {
    expect(why([job('a', 3), job('b', 2)], {})).to.deep.equal({});
  });

  it('is removed beyond the number of runs to keep, the oldest first', () => {
    expect(why([job('a', 3), job('b', 2)], { runs: 2 })).to.deep.equal({ 'a-1': 'RunLimit' });
  });

  it('is removed when its run ended too long ago, also that of the last run', () => {
    const old = job('old', 1);
    const aged = {
      ...old,
      status: { ...old.status, runs: old.status.runs.map(r => ({ ...r, endedAt: NOW - 31 * DAY })) },
    };
    expect(why([aged, job('a', 3)], { ageMs: 1.5 * DAY })).to.deep.equal({
      'old-1': 'AgeLimit',
      'a-1': 'AgeLimit',
    });
  });

  it('is removed when the total is too large, the oldest first, and last runs only after all others', () => {
    const [a, b] = [job('a', 3), job('b', 1)];
    expect(why([a, b], { bytes: 250 })).to.deep.equal({ 'a-1': 'SizeLimit', 'a-2': 'SizeLimit' });
    expect(Object.keys(why([a, b], { bytes: 150 }))).to.have.length(3);
    expect(why([a, b], { bytes: 50 })).to.have.all.keys('a-1', 'a-2', 'a-3', 'b-1');
  });

  it('is removed by the time it was stored if no record names it, and before the last runs of jobs', () => {
    const lost = (at: number): [string, StoredOutput][] => [['gone-1a2b3c4d-1', { bytes: 100, at }]];
    expect(why([job('a', 1)], {}, lost(NOW - DAY))).to.deep.equal({});
    expect(why([job('a', 1)], {}, lost(NOW - 31 * DAY))).to.deep.equal({ 'gone-1a2b3c4d-1': 'AgeLimit' });
    expect(why([job('a', 1)], { bytes: 100 }, lost(NOW + DAY))).to.deep.equal({
      'gone-1a2b3c4d-1': 'SizeLimit',
    });
  });
});
