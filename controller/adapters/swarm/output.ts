import { rankFrames } from '../../core/rank-frames.js';
import type { OutputChunk } from '../../ports.js';

/**
 * Takes apart what the engine sends for logs of a container without a terminal: frames of an 8-byte header (stream
 * number, three zero bytes, length as a big-endian 32-bit number) and the payload
 * (https://docs.docker.com/reference/api/engine/version/v1.41/, "Stream format"). An incomplete last frame is left out.
 */
export function demultiplex(bytes: Buffer): readonly OutputChunk[] {
  const chunks: OutputChunk[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4);
    if (at + HEADER + length > bytes.length) break;
    const data = bytes.subarray(at + HEADER, at + HEADER + length);
    chunks.push({ stream: bytes[at] === 2 ? 'stderr' : 'stdout', data });
    at += HEADER + length;
  }
  return chunks;
}

/** The same for a stream that goes on: give each piece as it comes; returns the chunks that became complete. */
export function demultiplexer(): (piece: Buffer) => readonly OutputChunk[] {
  let rest: Buffer = Buffer.alloc(0);
  return piece => {
    const bytes = Buffer.concat([rest, piece]);
    const chunks = demultiplex(bytes);
    const used = chunks.reduce((sum, chunk) => sum + HEADER + chunk.data.byteLength, 0);
    rest = bytes.subarray(used);
    return chunks;
  };
}

/** The same with the copies of what single ranks wrote taken out of standard output, each as a chunk of its own. */
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
