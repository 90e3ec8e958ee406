import { expect } from 'chai';
import { progressView } from '../../../controller/cli/progress/progress-view.js';
import { coloured, plain } from '../../../controller/cli/render/paint.js';
import { width } from '../../../controller/cli/render/text.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { expectGolden } from '../golden.js';
import { doneRing, example, ring, T0, waitingRing } from '../samples.js';

const records: readonly JobRecord[] = [
  doneRing(),
  { ...waitingRing(), key: 'other/ring' },
  { ...doneRing(), key: 'default/pi', status: failed() },
  ring({}, example('full')),
];
const options = { now: T0 + 6_000, columns: 160, rows: 24, paint: plain };

function failed(): JobRecord['status'] {
  const message =
    'mpirun exited with code 7: a long story about what went wrong in the program, and where it did so';
  return { ...doneRing().status, outcome: 'Failed', message };
}

describe('the live view', () => {
  it('names every rung where there is room', async () => {
    await expectGolden('view-160', progressView(records, options));
  });

  it('draws rungs as dots on a narrow terminal', async () => {
    await expectGolden('view-80', progressView(records, { ...options, columns: 80 }));
  });

  it('is never wider than the terminal, styles left aside', () => {
    for (const columns of [1, 10, 20, 40, 79, 120, 133, 134, 200]) {
      for (const paint of [plain, coloured]) {
        const widths = progressView(records, { ...options, columns, paint }).map(width);
        expect(Math.max(...widths), `${columns} columns`).to.be.at.most(columns);
      }
    }
  });

  it('is never higher than the terminal, and says what it leaves out', () => {
    const lines = progressView(records, { ...options, rows: 4 });
    expect(lines).to.have.lengthOf(3);
    expect(lines[2]).to.equal('… and 2 more jobs, 2 done');
    expect(lines[0]).to.contain('examples/full');
  });

  it('keeps the waiting time when the reason is cut', () => {
    const line = progressView(records, { ...options, columns: 60 }).find(text =>
      text.startsWith('other/ring'),
    );
    expect(line).to.match(/… 4s$/);
  });

  it('shows no rung under way while a job is suspended', () => {
    const waiting = {
      for: 'imaged',
      reason: 'Suspended',
      message: 'spec.runPolicy.suspend is true',
      since: T0,
    } as const;
    const [line = ''] = progressView([ring({ waitingOn: [waiting] })], options);
    expect(line).to.not.contain('◐');
    expect(line).to.contain('spec.runPolicy.suspend is true 6s');
  });
});
