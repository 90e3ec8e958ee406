import { expect } from 'chai';
import type { Command } from '../../../controller/core/model/command.js';
import { runOutput } from '../../../controller/loop/effects/run-output.js';
import { PortError } from '../../../controller/ports/errors.js';
import { NO_RANK, type OutputChunk } from '../../../controller/ports/output-store.js';
import type { Swarm } from '../../../controller/ports/swarm.js';

type Given = readonly (OutputChunk | PortError)[];

/** The only thing of Swarm that is asked for. */
function swarm(services: Readonly<Record<string, Given>>): Swarm {
  const output = async function* (id: string): AsyncIterable<OutputChunk> {
    for (const item of services[id] ?? [new PortError('retry', `${id} not found`)]) {
      if (item instanceof PortError) throw item;
      yield item;
    }
  };
  return { output } as unknown as Swarm;
}

type StoreOutput = Extract<Command, { do: 'store-output' }>;

const command = (more: Partial<StoreOutput> = {}): StoreOutput => ({
  do: 'store-output',
  run: 'ring-1',
  service: 'launcher',
  workers: ['workers'],
  giveUp: false,
  ...more,
});

const chunk = (text: string, rank?: number): OutputChunk => ({
  stream: 'stdout',
  data: Buffer.from(text),
  ...(rank === undefined ? {} : { rank }),
});

async function read(chunks: AsyncIterable<OutputChunk>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { data, rank } of chunks) all.push(`${rank ?? '-'} ${Buffer.from(data).toString()}`);
  return all;
}

describe('the output of a run to store', () => {
  const workers = [chunk('agent'), chunk('one', 1)];

  it('is the launcher’s output, then the copies of single ranks from all containers', async () => {
    const world = swarm({ launcher: [chunk('all'), chunk('zero', 0)], workers });
    expect(await read(runOutput(command({ bytes: 3 }), world))).to.deep.equal(['- all', '0 zero', '1 one']);
  });

  it('is refused while the engine returns less than was written; copies do not count', async () => {
    const world = swarm({ launcher: [chunk('al'), chunk('zero', 0)], workers });
    let failure: unknown;
    await read(runOutput(command({ bytes: 3 }), world)).catch((error: unknown) => {
      failure = error;
    });
    expect(String(failure)).to.contain('the engine gave 2 of 3 bytes');
    const late = await read(runOutput(command({ bytes: 3, giveUp: true }), world));
    expect(late[2]).to.contain('- mpiswarm: the output is not complete');
    expect(late.at(-1)).to.equal('1 one');
  });

  it('is refused while the engine’s log lags behind the copies', async () => {
    const world = swarm({ launcher: [chunk('all'), chunk('zero', 0)], workers });
    expect(await read(runOutput(command({ copied: 7 }), world))).to.have.length(3);
    let failure: unknown;
    await read(runOutput(command({ copied: 8 }), world)).catch((error: unknown) => {
      failure = error;
    });
    expect(String(failure)).to.contain('the engine gave 7 of 8 bytes of single ranks');
    const late = await read(runOutput(command({ copied: 8, giveUp: true }), world));
    expect(late.at(-1)).to.contain('the output of single ranks is not complete: output of run ring-1');
  });

  it('is stored without unreadable copies, with a note', async () => {
    const world = swarm({
      launcher: [chunk('all')],
      workers: [chunk('one', 1), new PortError('retry', 'node n2 is not available')],
    });
    expect(await read(runOutput(command({ bytes: 3 }), world))).to.deep.equal([
      '- all',
      '1 one',
      `${NO_RANK} mpiswarm: the output of single ranks is not complete: node n2 is not available\n`,
    ]);
    expect(await read(runOutput(command({ workers: [] }), world))).to.deep.equal(['- all']);
  });
});
