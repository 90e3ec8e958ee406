/**
 * How a rank's own copy of its output travels in the standard output of its container: one line a piece,
 * `RS mpiswarm RANK STREAM BASE64 LF`. As text, because the engine's log keeps no bytes that are no UTF-8; shorter than
 * the 16 KiB at which the engine cuts a line; and so that other output may be before and after it in any place.
 */
export interface RankPiece {
  readonly rank: number;
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** The most that fits into one frame, in bytes. */
export const FRAME_BYTES = 9 * 1024;

const MARK = '\u001empiswarm ';
const LF = 10;
/** Of a whole frame, the end of its line included: seven digits, the longer name, and base64. */
const LONGEST = MARK.length + '1234567 stdout '.length + Math.ceil(FRAME_BYTES / 3) * 4 + 1;

export function rankFrame({ rank, stream, data }: RankPiece): string {
  return `${MARK}${rank} ${stream} ${Buffer.from(data).toString('base64')}\n`;
}

export interface RankFrames {
  /** Takes the next bytes of a container's standard output: what is left without frames, and the pieces of ranks. */
  take(bytes: Uint8Array): { readonly rest: Uint8Array; readonly pieces: readonly RankPiece[] };
  /** What was held back because it began like a frame. */
  end(): Uint8Array;
}

/**
 * Takes frames out of one container's standard output, or out of those of several, which the engine mixes by line. Any
 * program may write the mark of a frame, so no more is held back than a frame may have, and the time it takes grows with
 * the bytes alone.
 */
export function rankFrames(): RankFrames {
  let held: Buffer = Buffer.alloc(0);
  return {
    take: bytes => {
      const all = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      const rest: Buffer[] = [];
      const pieces: RankPiece[] = [];
      let passed = 0;
      let lineEnd = nextEnd(all, 0);
      for (; lineEnd >= 0; lineEnd = nextEnd(all, lineEnd + 1)) {
        const start = all.lastIndexOf(MARK, lineEnd);
        const piece = parsed(all.subarray(start, lineEnd + 1));
        if (!piece) continue;
        rest.push(all.subarray(passed, start));
        pieces.push(piece);
        passed = lineEnd + 1;
      }
      const safe = all.length - unfinished(all.subarray(passed));
      rest.push(all.subarray(passed, safe));
      held = Buffer.from(all.subarray(safe));
      return { rest: Buffer.concat(rest), pieces };
    },
    end: () => {
      const last = held;
      held = Buffer.alloc(0);
      return last;
    },
  };
}

/** Where the next line ends that has a mark; below zero: nowhere yet. */
function nextEnd(bytes: Buffer, from: number): number {
  const start = bytes.indexOf(MARK, from);
  return start < 0 ? start : bytes.indexOf(LF, start);
}

/** How many bytes at the end may be the beginning of a frame. A frame has no mark but its first. */
function unfinished(bytes: Buffer): number {
  const start = bytes.lastIndexOf(MARK);
  const isOpen = start >= 0 && bytes.length - start < LONGEST && !bytes.includes(LF, start);
  return isOpen ? bytes.length - start : markStart(bytes);
}

/** How many bytes at the end may be the beginning of a mark. */
function markStart(bytes: Buffer): number {
  for (let length = Math.min(MARK.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(Buffer.from(MARK.slice(0, length)))) return length;
  }
  return 0;
}

/** @param line from its last mark to its end. */
function parsed(line: Buffer): RankPiece | undefined {
  if (line.length > LONGEST) return undefined;
  const words = line.toString('latin1', MARK.length, line.length - 1);
  const match = /^(\d{1,7}) (stdout|stderr) ([A-Za-z0-9+/=]*)$/.exec(words);
  if (!match) return undefined;
  const stream = match[2] === 'stderr' ? 'stderr' : 'stdout';
  return { rank: Number(match[1]), stream, data: Buffer.from(match[3] ?? '', 'base64') };
}
