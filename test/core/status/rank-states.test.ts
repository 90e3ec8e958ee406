import { expect } from 'chai';
import { MAX_RANKS, MAX_RUNS } from '../../../controller/core/model/record.js';
import type { RunEnd } from '../../../controller/core/model/run-end.js';
import type { RankReport } from '../../../controller/core/model/world.js';
import { rankStates, withRankFailure } from '../../../controller/core/status/rank-states.js';

const end: RunEnd = {
  outcome: 'Failed',
  exitCode: 1,
  reason: 'NonZeroExitCode',
  message: 'mpirun exited with code 1',
};

function report(
  rank: number,
  state: RankReport['state'] = 'STARTED',
  rest: Partial<RankReport> = {},
): RankReport {
  return { rank, worker: rank, state, at: 1_000 + rank, ...rest };
}

describe('the states that ranks report', () => {
  it('are listed by rank with their start time, and counted', () => {
    const { ranks, counts } = rankStates([
      report(0, 'COMPLETED'),
      report(1),
      report(2, 'FAILED', { error: 'boom' }),
    ]);
    expect(ranks).to.deep.equal([
      { rank: 0, worker: 0, state: 'COMPLETED', since: 1_000 },
      { rank: 1, worker: 1, state: 'STARTED', since: 1_001 },
      { rank: 2, worker: 2, state: 'FAILED', since: 1_002, error: 'boom' },
    ]);
    expect(counts).to.deep.equal({ started: 1, completed: 1, failed: 1, failures: [ranks[2]] });
  });

  it('list failed ranks first when there are too many, and count them all', () => {
    const reports = Array.from({ length: 4_096 }, (_, rank) =>
      report(rank, rank === 4_000 ? 'FAILED' : 'STARTED'),
    );
    const { ranks, counts } = rankStates(reports);
    expect(ranks).to.have.length(MAX_RANKS);
    expect(ranks.at(-1)).to.include({ rank: 4_000, state: 'FAILED' });
    expect(counts).to.include({ started: 4_095, completed: 0, failed: 1 });
  });

  it('fit into a job’s znode with twenty runs of a hundred thousand ranks that all fail with long messages', () => {
    const error = '東'.repeat(1_024);
    const reports = Array.from({ length: 100_000 }, (_, rank) => report(rank, 'FAILED', { error }));
    const { ranks, counts } = rankStates(reports);
    const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
    expect(bytes(ranks) + MAX_RUNS * bytes(counts)).to.be.below(150_000);
  });

  it('have messages of one line, with a mark where they are cut', () => {
    const { ranks } = rankStates([report(0, 'FAILED', { error: ` a\r\n\tb\u2028c${'x'.repeat(400)}` })]);
    expect(ranks[0]?.error)
      .to.match(/^a b cx+…$/)
      .and.have.length(301);
  });
});

describe('the end of a run with a rank that reports a failure', () => {
  it('has the message of the first failed rank before mpirun’s, and the same reason', () => {
    const told = withRankFailure(end, [
      report(0, 'FAILED', { at: 20, error: 'later' }),
      report(1),
      report(3, 'FAILED', { at: 10, error: 'java.lang.IllegalStateException: boom' }),
    ]);
    expect(told).to.deep.equal({
      ...end,
      message:
        'rank 3 failed: java.lang.IllegalStateException: boom (and 1 more rank failed); mpirun exited with code 1',
    });
  });

  it('names a rank that failed without a message', () => {
    expect(withRankFailure(end, [report(1, 'FAILED')]).message).to.equal(
      'rank 1 failed; mpirun exited with code 1',
    );
  });

  it('has no such message when no rank failed, or the run did not', () => {
    const completed: RunEnd = { ...end, outcome: 'Succeeded', exitCode: 0 };
    expect(withRankFailure(end, [report(0), report(1, 'COMPLETED')])).to.equal(end);
    expect(withRankFailure(end, [])).to.equal(end);
    expect(withRankFailure(completed, [report(0, 'FAILED')])).to.equal(completed);
  });
});
