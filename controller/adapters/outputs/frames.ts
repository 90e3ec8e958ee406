import type { OutputChunk } from '../../ports/output-store.js';

/**
 * Stored output is a sequence of frames: one byte (1 or 2 for the stream, plus 128 for a rank's own output), the
 * length of the data, for a rank's own output the rank (both big-endian, 32 bits), and the data. So streams and ranks
 * stay separate, each in order, and may hold any bytes.
 */
export function frameHeader({ stream, data, rank }: OutputChunk): Buffer {
  const header = Buffer.alloc(rank === undefined ? PLAIN : RANKED);
  header.writeUInt8((stream === 'stderr' ? 2 : 1) + (rank === undefined ? 0 : OF_A_RANK), 0);
  header.writeUInt32BE(data.byteLength, 1);
  if (rank !== undefined) header.writeUInt32BE(rank, PLAIN);
  return header;
}

const PLAIN = 5;
const RANKED = 9;
const OF_A_RANK = 0x80;

/** Reads the chunks of a file of frames; drops a frame that is cut at the end. */
export async function* readFrames(pieces: AsyncIterable<Uint8Array>): AsyncIterable<OutputChunk> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  let wanted = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.byteLength;
    // Joined only when a frame is complete: the time grows with the bytes, however long a frame is
    if (length < wanted) continue;
    const bytes = Buffer.concat(waiting);
    let at = 0;
    for (let frame = frameAt(bytes, at); frame; frame = frameAt(bytes, at)) {
      yield frame.chunk;
      at = frame.end;
    }
    const rest = bytes.subarray(at);
    waiting = [rest];
    length = rest.length;
    wanted = rest.length < RANKED ? 0 : sizeAt(rest, 0);
  }
}

function frameAt(
  bytes: Buffer,
  at: number,
): { readonly chunk: OutputChunk; readonly end: number } | undefined {
  if (at + PLAIN > bytes.length) return undefined;
  const kind = bytes.readUInt8(at);
  const ranked = kind >= OF_A_RANK;
  const start = at + (ranked ? RANKED : PLAIN);
  const end = at + sizeAt(bytes, at);
  if (end > bytes.length) return undefined;
  const stream = kind % OF_A_RANK === 2 ? 'stderr' : 'stdout';
  const data = bytes.subarray(start, end);
  return { chunk: { stream, data, ...(ranked ? { rank: bytes.readUInt32BE(at + PLAIN) } : {}) }, end };
}

/** Of the frame that begins there, its header included. */
function sizeAt(bytes: Buffer, at: number): number {
  return (bytes.readUInt8(at) >= OF_A_RANK ? RANKED : PLAIN) + bytes.readUInt32BE(at + 1);
}
