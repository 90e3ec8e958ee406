import type { Command } from '../../core/model/command.js';
import { PortError } from '../../ports/errors.js';
import { NO_RANK, type OutputChunk } from '../../ports/output-store.js';
import type { Swarm } from '../../ports/swarm.js';

type StoreOutput = Extract<Command, { do: 'store-output' }>;

/**
 * What a run's launcher wrote, to be stored. Fails where it is not complete; with `giveUp` it then ends with a note
 * instead, because what there is is better than waiting for ever for a node that is gone or a log that was cut.
 */
export async function* runOutput(command: StoreOutput, swarm: Swarm): AsyncIterable<OutputChunk> {
  let before = 0;
  try {
    for await (const chunk of completeOutput(command, swarm)) {
      if (chunk.rank !== undefined) before += chunk.data.byteLength;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof PortError) || !command.giveUp) throw error;
    yield note(`mpiswarm: the output is not complete: ${error.message}\n`);
  }
  yield* copies(command, { swarm, before });
}

/**
 * The copies of what single ranks wrote, in the containers of the other workers. The engine's log lags behind what is
 * written, and does not always give all of it, so a number of bytes that is known is waited for until it is given up;
 * otherwise nothing is. A note tells what is missing.
 */
async function* copies(
  { run, workers, copied = 0, giveUp }: StoreOutput,
  { swarm, before }: { readonly swarm: Swarm; readonly before: number },
): AsyncIterable<OutputChunk> {
  let size = before;
  try {
    for (const service of workers) {
      for await (const chunk of swarm.output(service)) {
        if (chunk.rank === undefined) continue;
        size += chunk.data.byteLength;
        yield chunk;
      }
    }
    if (size >= copied) return;
    throw new PortError(
      'retry',
      `output of run ${run}: the engine gave ${size} of ${copied} bytes of single ranks`,
    );
  } catch (error) {
    if (!(error instanceof PortError) || (copied > 0 && !giveUp)) throw error;
    const words = `mpiswarm: the output of single ranks is not complete: ${error.message}\n`;
    yield { ...note(words), rank: NO_RANK };
  }
}

async function* completeOutput(
  { service, run, bytes }: StoreOutput,
  swarm: Swarm,
): AsyncIterable<OutputChunk> {
  if (service === '') throw new PortError('retry', `output of run ${run}: its launcher was removed`);
  let size = 0;
  for await (const chunk of swarm.output(service)) {
    if (chunk.rank === undefined) size += chunk.data.byteLength;
    yield chunk;
  }
  if (bytes === undefined || size >= bytes) return;
  throw new PortError('retry', `output of run ${run}: the engine gave ${size} of ${bytes} bytes`);
}

function note(text: string): OutputChunk {
  return { stream: 'stderr', data: new TextEncoder().encode(text) };
}
