import { expect } from 'chai';
import { describeJob } from '../../../controller/cli/render/describe.js';
import { plain } from '../../../controller/cli/render/paint.js';
import { resource } from '../../../controller/cli/render/resource.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import type { RankReport } from '../../../controller/core/model/world.js';
import { rankStates } from '../../../controller/core/status/rank-states.js';
import { doneRing, T0 } from '../samples.js';

const options = { now: T0 + 6_000, paint: plain };

/** The example job, over, with what its ranks said. */
function told(reports: readonly RankReport[]): JobRecord {
  const record = doneRing();
  const { ranks, counts } = rankStates(reports);
  const runs = record.status.runs.map(run => ({ ...run, ranks: counts }));
  return { ...record, status: { ...record.status, runs, ranks } };
}

function report(rank: number, state: RankReport['state'], error?: string): RankReport {
  return { rank, worker: rank, state, at: T0 + 1_000, ...(error === undefined ? {} : { error }) };
}

/** Lines of the section of that title. */
function section(lines: readonly string[], title: string): readonly string[] {
  const from = lines.indexOf(`${title}:`) + 1;
  return from === 0 ? [] : lines.slice(from, lines.indexOf('', from));
}

describe('the description of the status that ranks report', () => {
  it('is a table with a row for each, and a column of errors where there are any', () => {
    const failed = report(2, 'FAILED', 'java.lang.Error: boom\u001b[31m');
    const lines = describeJob(told([report(0, 'COMPLETED'), report(1, 'STARTED'), failed]), options);
    expect(section(lines, 'Ranks')).to.deep.equal([
      '  RANK   WORKER   STATE       SINCE   ERROR',
      '  0      0        COMPLETED   5s',
      '  1      1        STARTED     5s',
      '  2      2        FAILED      5s      java.lang.Error: boom',
    ]);
    expect(section(describeJob(told([report(0, 'COMPLETED')]), options), 'Ranks')).to.deep.equal([
      '  RANK   WORKER   STATE       SINCE',
      '  0      0        COMPLETED   5s',
    ]);
  });

  it('counts those that there is no room for', () => {
    const reports = Array.from({ length: 1_000 }, (_, rank) =>
      report(rank, rank < 300 ? 'COMPLETED' : 'STARTED'),
    );
    expect(section(describeJob(told(reports), options), 'Ranks').at(-1)).to.equal(
      '  and 44 COMPLETED, 700 STARTED',
    );
  });

  it('of an earlier run names those that failed and counts the others', () => {
    const record = told([report(0, 'COMPLETED'), report(1, 'FAILED', 'boom')]);
    const [first] = record.status.runs;
    if (!first) throw new Error('the sample has no run');
    const { ranks: _, ...second } = { ...first, number: 2 };
    const { ranks: __, ...status } = record.status;
    const later = { ...record, status: { ...status, runs: [first, second] } };
    expect(section(describeJob(later, options), 'Ranks')).to.deep.equal([]);
    expect(section(describeJob(later, { ...options, run: 1 }), 'Ranks of run 1')).to.deep.equal([
      '  RANK   WORKER   STATE    SINCE   ERROR',
      '  1      1        FAILED   5s      boom',
      '  and 1 COMPLETED',
    ]);
  });

  it('is left out when they report nothing', () => {
    expect(describeJob(doneRing(), options).filter(line => /^Ranks/.test(line))).to.deep.equal([]);
  });
});

describe('the status that ranks report, for programs', () => {
  it('has times as text, and is absent where they say nothing', () => {
    const { status } = resource(told([report(0, 'FAILED', 'boom')]));
    const rank = { rank: 0, worker: 0, state: 'FAILED', since: '2026-11-23T12:00:01.000Z', error: 'boom' };
    expect(status).to.deep.include({ ranks: [rank] });
    expect(status.runs[0]?.ranks).to.deep.equal({ started: 0, completed: 0, failed: 1, failures: [rank] });
    expect(resource(doneRing()).status).to.not.have.property('ranks');
  });
});
