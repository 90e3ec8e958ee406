import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { liveOutput } from '../../../controller/adapters/outputs/live.js';

type Answer = 'running' | 'complete' | Error;

const gone = Object.assign(new Error('no such service'), { statusCode: 404 });
const slow = new Error('ESOCKETTIMEDOUT');

/** An engine that says of the launcher's container what comes next each time that it is asked, and the last for ever. */
function engine(answers: readonly Answer[]): { readonly docker: Docker; readonly log: PassThrough } {
  const log = new PassThrough();
  const left = [...answers];
  const listTasks = async () => {
    const next = left.length > 1 ? left.shift() : left[0];
    if (next instanceof Error) throw next;
    return [{ ID: 'task', Status: { State: next } }];
  };
  const dial = (_: unknown, done: (error: unknown, data: unknown) => void) => done(null, log);
  return { docker: { listTasks, modem: { dial } } as unknown as Docker, log };
}

function write(log: PassThrough, text: string): void {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]);
  log.write(Buffer.concat([header, Buffer.from(text)]));
}

/** What is shown of the text that is written after so many milliseconds, and how it ends. */
async function followed(answers: readonly Answer[], unknownMs?: number): Promise<string> {
  const { docker, log } = engine(answers);
  const later = setTimeout(() => write(log, 'late'), 1_500);
  let text = '';
  try {
    const options = { of: 'all', follow: true, signal: new AbortController().signal } as const;
    for await (const { data } of liveOutput(docker, 'ring-1', options, unknownMs)) text += Buffer.from(data);
    return text;
  } catch (error) {
    return `${text} ${(error as Error).message}`;
  } finally {
    clearTimeout(later);
    log.destroy();
  }
}

describe('the output of a run that is followed', () => {
  it('goes on where the engine does not say for once whether the run has ended', async () => {
    expect(await followed(['running', slow, 'running', 'complete'])).to.equal('late');
  });

  it('ends where the service is gone', async () => {
    expect(await followed(['running', gone])).to.equal('');
  });

  it('fails where the engine does not say so for long', async () => {
    const end = await followed([slow], 700);
    expect(end).to.equal(
      ' read output of ring-1-launcher: cannot find out whether it has ended: ESOCKETTIMEDOUT',
    );
  });
});
