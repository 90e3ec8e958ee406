import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { expectation, startBoard, taskLine } from '../../scripts/images/progress/board.js';

describe('what is shown while images are built', () => {
  it('has the time that it has taken, the time that it usually takes, and the step', () => {
    const task = { name: 'openmpi5', since: 1_000, expectedSeconds: 90, words: 'step 3 of 11: RUN cc' };
    expect(taskLine(task, 63_400)).to.equal('  openmpi5      1:02 of about 1:30  step 3 of 11: RUN cc');
  });

  it('begins with the time of the slowest', () => {
    expect(expectation([{ expectedSeconds: 150 }, { expectedSeconds: 60 }])).to.equal(
      '2 images (usually 2:30 minutes on two cores, most of it downloads)',
    );
  });

  it('is a line now and then for each, where there is no terminal, and ends with its work', async () => {
    const lines: string[] = [];
    const out = new PassThrough() as unknown as NodeJS.WriteStream;
    const board = startBoard({ say: line => lines.push(line), out, everyMs: 5 });
    const task = board.task('openmpi5', 90);
    task.doing('step 1 of 2');
    while (lines.length === 0) await new Promise(resolve => setTimeout(resolve, 1));
    task.end();
    board.say('built');
    board.close();
    expect(lines[0]).to.equal('  openmpi5      0:00 of about 1:30  step 1 of 2');
    expect(lines.at(-1)).to.equal('built');
    expect(out.read()).to.equal(null);
  });
});
