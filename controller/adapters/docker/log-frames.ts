import type { OutputChunk } from '../../ports/output-store.js';
import { rankFrames } from '../../shared/protocol/rank-frames.js';

/**
 * Parses the engine's log stream of a container without a terminal: frames of an 8-byte header (stream number, three
 * zero bytes, length as a big-endian 32-bit number) and the payload
 * (https://docs.docker.com/reference/api/engine/version/v1.41/, "Stream format"). Pass each piece as it arrives: it
 * yields what the piece has of payloads, so that nothing waits for the end of a long one. Throws the engine's message
 * when stream 3 reports an error, for example an unreachable node.
 */
export function demultiplexer(): (piece: Buffer) => Iterable<OutputChunk> {
  let header: Buffer = Buffer.alloc(0);
  let left = 0;
  let words: Buffer = Buffer.alloc(0);
  return function* (piece) {
    let rest = piece;
    while (rest.length > 0) {
      if (left === 0) {
        const missing = HEADER - header.length;
        header = Buffer.concat([header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (header.length < HEADER) return;
        left = header.readUInt32BE(4);
      }
      const data = rest.subarray(0, left);
      rest = rest.subarray(data.length);
      left -= data.length;
      const stream = header[0];
      if (left === 0) header = Buffer.alloc(0);
      if (stream !== SYSTEM_ERROR) {
        if (data.length > 0) yield { stream: stream === 2 ? 'stderr' : 'stdout', data };
        continue;
      }
      words = Buffer.concat([words, data.subarray(0, MAX_WORDS - words.length)]);
      if (left === 0) throw new Error(words.toString().trim());
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
/** Of an error of the engine; more says nothing more. */
const MAX_WORDS = 16 * 1024;
/** As Docker's own pkg/stdcopy numbers it. */
const SYSTEM_ERROR = 3;
