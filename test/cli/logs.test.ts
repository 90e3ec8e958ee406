import { expect } from 'chai';
import { NO_RANK, type OutputChunk } from '../../controller/ports/output-store.js';
import { chunk, cli } from './fake-ports.js';
import { doneRing } from './samples.js';

const RUN = 'ring-1a2b3c4d-1';
const of = (rank: number, text: string, stream: 'stdout' | 'stderr' = 'stdout'): OutputChunk => ({
  ...chunk(stream, text),
  rank,
});

describe('mpiswarm logs of single ranks', () => {
  const together = 'one of all\ntwo of all\nthree of all';
  const stored = {
    [RUN]: [
      chunk('stdout', together),
      of(0, 'zero is '),
      of(1, 'first\nsecond\nlast'),
      of(0, 'here\n'),
      of(1, 'oh\n', 'stderr'),
    ],
  };
  const records = [doneRing()];
  const logs = async (...flags: readonly string[]) => cli(['logs', ...flags, 'ring'], { records, stored });

  it('shows what that rank wrote, to its own streams, and nothing of others', async () => {
    expect(await logs('--rank', '1')).to.deep.equal({
      code: 0,
      stdout: 'first\nsecond\nlast',
      stderr: 'oh\n',
    });
    expect((await logs('--rank', '0', '--rank', '2-3')).stdout).to.equal('zero is here\n');
  });

  it('shows together what was written together', async () => {
    expect(await logs()).to.deep.equal({ code: 0, stdout: together, stderr: '' });
  });

  it('says when mpirun did not pass on all that ranks wrote', async () => {
    const some = {
      [RUN]: [chunk('stdout', 'one\n'), of(0, 'one\n'), of(1, 'two\n'), chunk('stderr', 'x\n')],
    };
    const { code, stdout, stderr } = await cli(['logs', 'ring'], { records, stored: some });
    expect([code, stdout]).to.deep.equal([0, 'one\n']);
    expect(stderr).to.equal(
      'x\nmpiswarm: mpirun passed on 6 bytes, and its ranks wrote 8: --prefix shows what each rank wrote, whole\n',
    );
  });

  it('says of each line which rank wrote it, never in the middle of one', async () => {
    expect(await logs('--prefix')).to.deep.equal({
      code: 0,
      stdout: '[1] first\n[1] second\n[0] zero is here\n[1] last\n',
      stderr: '[1] oh\n',
    });
    expect((await logs('--prefix', '--rank', '0')).stdout).to.equal('[0] zero is here\n');
  });

  it('shows the last lines only', async () => {
    expect((await logs('--tail', '2')).stdout).to.equal('two of all\nthree of all');
    expect((await logs('--tail', '0')).stdout).to.equal('');
    expect((await logs('--tail', '1', '--rank', '1')).stdout).to.equal('last');
    expect((await logs('--tail', '2', '--prefix')).stdout).to.equal('[1] last\n');
  });

  it('goes on from the last lines while it follows', async () => {
    const live = { [RUN]: [chunk('stdout', 'one\ntwo\n'), chunk('stdout', 'three\n')] };
    const { stdout } = await cli(['logs', '-f', '--tail', '1', 'ring'], { records, live });
    expect(stdout).to.equal('three\n');
  });

  it('passes on a note that ranks are not complete', async () => {
    const noted = { [RUN]: [of(1, 'x'), { ...chunk('stderr', 'not complete\n'), rank: NO_RANK }] };
    const { stdout, stderr } = await cli(['logs', '--rank', '1', 'ring'], { records, stored: noted });
    expect([stdout, stderr]).to.deep.equal(['x', 'not complete\n']);
  });

  it('says which ranks there are', async () => {
    const { code, stderr } = await logs('--rank', '3-9');
    expect(code).to.equal(1);
    expect(stderr).to.contain('no rank 4-9 in run 1 of job default/ring; it has 0-3');
  });

  it('refuses what is not a rank or a number of lines', async () => {
    expect((await logs('--rank', 'x')).stderr).to.contain('expected ranks such as 3 or 0-3,7');
    expect((await logs('--tail', '-1')).stderr).to.contain('expected a number of lines');
  });
});
