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

export function rankFrame({ rank, stream, data }: RankPiece): string {
  return `${MARK}${rank} ${stream} ${Buffer.from(data).toString('base64')}\n`;
}

export interface RankFrames {
  /** Takes the next bytes of a container's standard output: what is left without frames, and the pieces of ranks. */
  take(bytes: Uint8Array): { readonly rest: Uint8Array; readonly pieces: readonly RankPiece[] };
  /** What was held back because it began like a frame. */
  end(): Uint8Array;
}

/** Takes frames out of one container's standard output, or out of those of several, which the engine mixes by line. */
export function rankFrames(): RankFrames {
  let held: Buffer = Buffer.alloc(0);
  return {
    take: bytes => {
      const all = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      const rest: Buffer[] = [];
      const pieces: RankPiece[] = [];
      let at = 0;
      for (;;) {
        const start = all.indexOf(MARK, at);
        const end = start < 0 ? -1 : all.indexOf(LF, start);
        if (end < 0) {
          const safe = start < 0 ? all.length - markStart(all) : start;
          rest.push(all.subarray(at, Math.max(at, safe)));
          held = all.subarray(Math.max(at, safe));
          break;
        }
        const piece = parsed(all.toString('latin1', start + MARK.length, end));
        rest.push(all.subarray(at, piece ? start : end + 1));
        if (piece) pieces.push(piece);
        at = end + 1;
      }
      return { rest: rest.length === 1 ? (rest[0] ?? all) : Buffer.concat(rest), pieces };
    },
    end: () => {
      const last = held;
      held = Buffer.alloc(0);
      return last;
    },
  };
}

/** How many bytes at the end may be the beginning of a frame. */
function markStart(bytes: Buffer): number {
  for (let length = Math.min(MARK.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(Buffer.from(MARK.slice(0, length)))) return length;
  }
  return 0;
}

function parsed(words: string): RankPiece | undefined {
  const match = /^(\d{1,7}) (stdout|stderr) ([A-Za-z0-9+/=]*)$/.exec(words);
  if (!match) return undefined;
  const stream = match[2] === 'stderr' ? 'stderr' : 'stdout';
  return { rank: Number(match[1]), stream, data: Buffer.from(match[3] ?? '', 'base64') };
}
