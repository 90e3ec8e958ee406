import { Readable } from 'node:stream';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { serviceOutput } from '../../../controller/adapters/docker/logs.js';

function frame(stream: 1 | 2 | 3, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** An engine that knows of these tasks, and says this of each. */
function engine(logs: Readonly<Record<string, readonly Buffer[]>>): Docker {
  const tasks = Object.keys(logs).map((ID, i) => ({
    ID,
    CreatedAt: `2026-01-0${i + 1}T00:00:00Z`,
    Status: { ContainerStatus: { ContainerID: ID } },
  }));
  const asked = { ID: 'waiting', CreatedAt: '2026-01-01T00:00:00Z', Status: { State: 'pending' } };
  const dial = ({ path }: { path: string }, done: (error: unknown, data: unknown) => void) =>
    done(null, Readable.from(logs[path.split('/')[2] ?? ''] ?? []));
  return { listTasks: async () => [...tasks, asked].reverse(), modem: { dial } } as unknown as Docker;
}

async function read(docker: Docker): Promise<{ readonly text: string; readonly error: string | undefined }> {
  let text = '';
  try {
    for await (const { data } of serviceOutput(docker, 'ring', { follow: false })) text += Buffer.from(data);
    return { text, error: undefined };
  } catch (error) {
    return { text, error: (error as Error).message };
  }
}

describe('the output of a service, read from the engine', () => {
  it('is that of one container after the other, oldest first, of those that ran', async () => {
    const docker = engine({ a: [frame(1, 'one '), frame(2, 'two ')], b: [frame(1, 'three')] });
    expect(await read(docker)).to.deep.equal({ text: 'one two three', error: undefined });
  });

  it('fails with the words that the engine puts into the stream, and gives what the other containers wrote', async () => {
    const words = 'Error grabbing logs: node n2 is not available\n';
    const docker = engine({
      a: [Buffer.concat([frame(1, 'one '), frame(3, words)])],
      b: [frame(1, 'three')],
    });
    expect(await read(docker)).to.deep.equal({ text: 'one three', error: words.trim() });
  });

  it('is the same wherever the engine cuts its stream', async () => {
    const words = 'Error grabbing logs\n';
    const all = Buffer.concat([frame(1, 'one '), frame(2, ''), frame(2, 'two'), frame(3, words)]);
    for (const size of [1, 2, 5, 9]) {
      const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, n) =>
        all.subarray(n * size, (n + 1) * size),
      );
      expect(await read(engine({ a: pieces })), `pieces of ${size}`).to.deep.equal({
        text: 'one two',
        error: words.trim(),
      });
    }
  });

  it('is passed on as it arrives, however long the engine says that a frame is', async () => {
    const header = Buffer.from([1, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]);
    expect(await read(engine({ a: [header, Buffer.from('begun')] }))).to.deep.equal({
      text: 'begun',
      error: undefined,
    });
  });
});
