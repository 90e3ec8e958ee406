import type { Command } from '../core/plan.js';
import { type OutputChunk, PortError, type Swarm } from '../ports.js';

type StoreOutput = Extract<Command, { do: 'store-output' }>;

/**
 * What a run's launcher wrote, to be stored. Fails where it is not complete; with `giveUp` it then ends with a note
 * instead, because what there is is better than waiting for ever for a node that is gone or a log that was cut.
 */
export async function* runOutput(command: StoreOutput, swarm: Swarm): AsyncIterable<OutputChunk> {
  try {
    yield* completeOutput(command, swarm);
  } catch (error) {
    if (!(error instanceof PortError) || !command.giveUp) throw error;
    yield note(`mpiswarm: the output is not complete: ${error.message}\n`);
  }
}

async function* completeOutput(
  { service, run, bytes }: StoreOutput,
  swarm: Swarm,
): AsyncIterable<OutputChunk> {
  if (service === '') throw new PortError('retry', `output of run ${run}: its launcher was removed`);
  let size = 0;
  for await (const chunk of swarm.output(service)) {
    size += chunk.data.byteLength;
    yield chunk;
  }
  if (bytes === undefined || size >= bytes) return;
  throw new PortError('retry', `output of run ${run}: the engine gave ${size} of ${bytes} bytes`);
}

function note(text: string): OutputChunk {
  return { stream: 'stderr', data: new TextEncoder().encode(text) };
}
