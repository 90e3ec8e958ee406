import type { OutputChunk } from '../../ports/output-store.js';
import { rankFrames } from '../../shared/protocol/rank-frames.js';

/**
 * Parses the engine's log stream of a container without a terminal: frames of an 8-byte header (stream number, three
 * zero bytes, length as a big-endian 32-bit number) and the payload
 * (https://docs.docker.com/reference/api/engine/version/v1.41/, "Stream format"). Pass each piece as it arrives: it
 * yields the chunks completed so far. Throws the engine's message when stream 3 reports an error, for example an
 * unreachable node.
 */
export function demultiplexer(): (piece: Buffer) => Iterable<OutputChunk> {
  let rest: Buffer = Buffer.alloc(0);
  return function* (piece) {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= HEADER) {
      const [stream, end] = [rest[0], HEADER + rest.readUInt32BE(4)];
      if (end > rest.length) return;
      const data = rest.subarray(HEADER, end);
      rest = rest.subarray(end);
      if (stream === SYSTEM_ERROR) throw new Error(data.toString().trim());
      yield { stream: stream === 2 ? 'stderr' : 'stdout', data };
    }
  };
}

/** Separates the copies of single ranks' output from standard output, each as a chunk of its own. */
export async function* withRanks(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
  const frames = rankFrames();
  for await (const chunk of chunks) {
    if (chunk.stream === 'stderr') {
      yield chunk;
      continue;
    }
    const { rest, pieces } = frames.take(chunk.data);
    if (rest.byteLength > 0) yield { stream: 'stdout', data: rest };
    yield* pieces;
  }
  const last = frames.end();
  if (last.byteLength > 0) yield { stream: 'stdout', data: last };
}

const HEADER = 8;
/** As Docker's own pkg/stdcopy numbers it. */
const SYSTEM_ERROR = 3;
