import { NO_RANK, type OutputChunk } from '../../ports/output-store.js';

/** Which part of a run's output is shown: what all wrote, together; or the copies of what these ranks wrote. */
export type Selection = 'together' | 'every-rank' | ReadonlySet<number>;

export async function* selected(
  chunks: AsyncIterable<OutputChunk>,
  selection: Selection,
): AsyncIterable<OutputChunk> {
  for await (const chunk of chunks) if (isSelected(chunk, selection)) yield chunk;
}

function isSelected({ rank }: OutputChunk, selection: Selection): boolean {
  if (selection === 'together' || rank === undefined) return selection === 'together' && rank === undefined;
  return rank === NO_RANK || selection === 'every-rank' || selection.has(rank);
}

/** How many bytes of what ranks wrote an output has at the least, and how many of what mpirun passed on. */
export class Passed {
  ranks = 0;
  together = 0;

  async *counted(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
    for await (const chunk of chunks) {
      if (chunk.rank === undefined) this.together += chunk.data.byteLength;
      else if (chunk.rank !== NO_RANK) this.ranks += chunk.data.byteLength;
      yield chunk;
    }
  }
}

const LF = 10;

/** A line that is longer comes in parts of this length, so that a program that never ends its line doesn't fill the memory. */
const LONGEST_LINE = 1024 * 1024;

/** The same in whole lines, each of one stream and one rank; where nothing ends the last line, it comes last. */
export async function* lines(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
  const begun = new Map<string, BegunLine>();
  for await (const chunk of chunks) {
    const key = keyOf(chunk);
    const line = begun.get(key) ?? new BegunLine(chunk);
    begun.set(key, line);
    const data = Buffer.from(chunk.data.buffer, chunk.data.byteOffset, chunk.data.byteLength);
    for (let at = 0; at < data.length; ) {
      const lf = data.indexOf(LF, at);
      const room = at + LONGEST_LINE - line.length;
      const end = Math.min(lf < 0 ? data.length : lf + 1, room);
      line.add(data.subarray(at, end));
      at = end;
      if (end === lf + 1 || end === room) yield line.taken();
    }
    if (line.length === 0) begun.delete(key);
  }
  for (const line of begun.values()) yield line.taken();
}

class BegunLine {
  length = 0;
  #pieces: Buffer[] = [];

  constructor(private readonly of: OutputChunk) {}

  /** Copies: a chunk may be part of a buffer that is used again. */
  add(piece: Buffer): void {
    this.#pieces.push(Buffer.from(piece));
    this.length += piece.length;
  }

  taken(): OutputChunk {
    const data = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.length = 0;
    return { ...this.of, data };
  }
}

/** The last `count` of these lines. */
export async function* last(all: AsyncIterable<OutputChunk>, count: number): AsyncIterable<OutputChunk> {
  let kept: OutputChunk[] = [];
  for await (const line of all) {
    kept.push(line);
    if (kept.length > 2 * count) kept = kept.slice(kept.length - count);
  }
  yield* kept.slice(Math.max(0, kept.length - count));
}

/** Lines that say which rank wrote them: `[3] Process 3 exiting`. */
export async function* prefixed(all: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
  for await (const line of all) {
    const { rank } = line;
    if (rank === undefined || rank === NO_RANK) yield line;
    else
      yield { ...line, data: Buffer.concat([Buffer.from(`[${rank}] `), line.data, missingEnd(line.data)]) };
  }
}

function missingEnd(line: Uint8Array): Uint8Array {
  return line.at(-1) === LF ? Buffer.alloc(0) : Buffer.from([LF]);
}

/** Counts what was read, so that a second reading of the same output can go on from there. */
export class Position {
  readonly #read = new Map<string, number>();

  async *counted(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
    for await (const chunk of chunks) {
      this.#read.set(keyOf(chunk), (this.#read.get(keyOf(chunk)) ?? 0) + chunk.data.byteLength);
      yield chunk;
    }
  }

  async *after(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
    for await (const chunk of chunks) {
      const skip = Math.min(this.#read.get(keyOf(chunk)) ?? 0, chunk.data.byteLength);
      this.#read.set(keyOf(chunk), (this.#read.get(keyOf(chunk)) ?? 0) - skip);
      if (skip < chunk.data.byteLength) yield { ...chunk, data: chunk.data.subarray(skip) };
    }
  }
}

function keyOf({ stream, rank }: OutputChunk): string {
  return `${stream} ${rank ?? ''}`;
}
