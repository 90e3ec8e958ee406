import { isUtf8 } from 'node:buffer';
import { CONTAINER_LOG } from '../../../controller/shared/protocol/protocol.js';
import { FRAME_BYTES } from '../../../controller/shared/protocol/rank-frames.js';

/** What of a container's output goes on into the engine's log. */
export interface OutputBudget {
  /**
   * How many bytes of a piece may go on, of what the command writes or of the copies of ranks; less than all: the limit is
   * reached in it, and nothing more of that part may.
   */
  admit(part: 'command' | 'ranks', piece: Uint8Array): number;
  /** Where the output was cut, for a person: `output cut after 1073741824 bytes (spec.runPolicy.outputLimit)`. */
  words(part: 'command' | 'ranks'): string;
}

/** A line of its log costs the engine about so much more: time stamp, stream and quotes. */
const LINE_BYTES = 100;
/** As `\\u0007` has, and what it writes for a byte that is no UTF-8. */
const ESCAPED = 6;
/** The note at the end and what is estimated too low have this much. */
const SHARE = 0.95;

const COSTS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 10) return LINE_BYTES;
  if (byte < 32 || byte === 127 || [38, 60, 62].includes(byte)) return ESCAPED;
  return byte === 34 || byte === 92 ? 2 : 1;
});

/**
 * Each part may have as many bytes as the limit says, and both together no more than the engine keeps of the container's log: past
 * that it would throw away the beginning. Short lines and binary data cost it many times their size.
 * @param limit in bytes; undefined: no limit.
 */
export function outputBudget(limit = Number.POSITIVE_INFINITY): OutputBudget {
  const left = { command: limit, ranks: limit };
  const passed = { command: 0, ranks: 0 };
  let log = limit * CONTAINER_LOG.factor * CONTAINER_LOG.files * SHARE;
  return {
    admit: (part, piece) => {
      if (limit === Number.POSITIVE_INFINITY) return piece.length;
      const most = Math.min(piece.length, left[part]);
      const { count, cost } = part === 'ranks' ? framed(most, log) : logged(piece, most, log);
      log -= cost;
      passed[part] += count;
      // Once it is cut a later, smaller piece must not follow
      left[part] = count < piece.length ? 0 : left[part] - count;
      return count;
    },
    words: part => `output cut after ${passed[part]} bytes (spec.runPolicy.outputLimit)`,
  };
}

interface Admitted {
  readonly count: number;
  readonly cost: number;
}

/** As base64, in frames. */
function framed(most: number, log: number): Admitted {
  const each = 4 / 3 + (LINE_BYTES + 40) / FRAME_BYTES;
  const count = Math.max(0, Math.min(most, Math.floor((log - LINE_BYTES) / each)));
  return { count, cost: count === 0 ? 0 : Math.ceil(count * each) + LINE_BYTES };
}

function logged(piece: Uint8Array, most: number, log: number): Admitted {
  const high = isText(piece) ? 1 : ESCAPED;
  let cost = 0;
  for (let count = 0; count < most; count += 1) {
    const byte = piece[count] ?? 0;
    const next = cost + (byte > 127 ? high : (COSTS[byte] ?? 1));
    if (next > log) return { count, cost };
    cost = next;
  }
  return { count: most, cost };
}

/** Whether it is UTF-8, but for a character that is cut at either end. */
function isText(piece: Uint8Array): boolean {
  const isContinued = (at: number): boolean => ((piece[at] ?? 0) & 0xc0) === 0x80;
  let from = 0;
  while (from < 3 && isContinued(from)) from += 1;
  for (let end = piece.length; end > Math.max(from, piece.length - 4); end -= 1)
    if (isUtf8(piece.subarray(from, end))) return true;
  return piece.length <= from;
}
