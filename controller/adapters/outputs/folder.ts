import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredOutput } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import type { OutputChunk } from '../../ports/output-store.js';
import { frameHeader, readFrames } from './frames.js';

const SUFFIX = '.log';
const DRAFT = '.tmp';
/** An interrupted store leaves its draft; one this old is no longer being written. */
const DRAFT_AGE_MS = 10 * 60_000;
/** Output is written in pieces of this size, not line by line. */
const PIECE = 1024 * 1024;

export interface OutputFolderOptions {
  /** The most that is stored of one run, in bytes; a note marks the cut. */
  readonly maxBytes?: number;
}

/** Stored output in a folder: one file a run, in frames. A file is written under a draft name and renamed. */
export class OutputFolder {
  /** A stored file never changes, so its size is read once. */
  #known: ReadonlyMap<string, StoredOutput> = new Map();

  constructor(
    private readonly folder: string,
    private readonly options: OutputFolderOptions = {},
  ) {}

  /** Completely stored outputs, by run id. */
  async stored(): Promise<ReadonlyMap<string, StoredOutput>> {
    const names = (await this.#tried('list', this.folder, () => readdir(this.folder))) ?? [];
    for (const name of names.filter(name => name.endsWith(DRAFT))) await this.#removeOld(name);
    const runs = names.filter(name => name.endsWith(SUFFIX)).map(name => name.slice(0, -SUFFIX.length));
    // The same map while nothing changed: frequent readers compare by identity
    if (runs.length === this.#known.size && runs.every(run => this.#known.has(run))) return this.#known;
    const next = new Map<string, StoredOutput>();
    for (const run of runs) {
      const path = this.#path(run);
      const found = this.#known.get(run) ?? (await this.#tried('look at', path, () => sizeOf(path)));
      if (found) next.set(run, found);
    }
    this.#known = next;
    return next;
  }

  /** Atomic: stores all chunks or nothing. If reading them fails, stores nothing and fails with that error. */
  async store(run: string, chunks: AsyncIterable<OutputChunk>): Promise<void> {
    const path = this.#path(run);
    const draft = `${path}.${process.pid}${DRAFT}`;
    this.#known = new Map([...this.#known].filter(([known]) => known !== run));
    await this.#tried('store output in', this.folder, async () => {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const file = await open(draft, 'w', 0o600);
      try {
        await writeAll(file, limited(chunks, this.options.maxBytes ?? Number.POSITIVE_INFINITY));
        await file.sync();
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      await rename(draft, path);
    });
  }

  /** The stored output of a run, in order; undefined if there's none. */
  async read(run: string): Promise<AsyncIterable<OutputChunk> | undefined> {
    const path = this.#path(run);
    const file = await this.#tried('read', path, () => open(path, 'r'));
    return file && readFrames(createReadStream('', { fd: file, highWaterMark: PIECE }));
  }

  async remove(run: string): Promise<void> {
    await this.#tried('remove', this.#path(run), () => rm(this.#path(run), { force: true }));
  }

  async #removeOld(name: string): Promise<void> {
    const path = join(this.folder, name);
    await this.#tried('remove', path, async () => {
      if (Date.now() - (await stat(path)).mtimeMs > DRAFT_AGE_MS) await rm(path, { force: true });
    });
  }

  /**
   * Undefined if there's no such file. A full disk or missing permission may pass; it must not end the controller.
   */
  async #tried<T>(what: string, path: string, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof PortError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      if (code === undefined) throw error;
      throw new PortError('retry', `${what} ${path}: ${message}`, { cause: error });
    }
  }

  #path(run: string): string {
    return join(this.folder, `${run}${SUFFIX}`);
  }
}

async function sizeOf(path: string): Promise<StoredOutput> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, at: Math.floor(mtimeMs) };
}

async function writeAll(file: FileHandle, chunks: AsyncIterable<OutputChunk>): Promise<void> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    await file.writeFile(Buffer.concat(pieces));
    pieces = [];
    size = 0;
  };
  for await (const chunk of chunks) {
    pieces.push(frameHeader(chunk), chunk.data);
    size += chunk.data.byteLength;
    if (size >= PIECE) await flush();
  }
  await flush();
}

/** The chunks up to so many bytes, then a note that the output is cut. */
async function* limited(chunks: AsyncIterable<OutputChunk>, max: number): AsyncIterable<OutputChunk> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.data.byteLength;
    if (size > max) {
      const words = `\nmpiswarm: the output is cut here: no more than ${max} bytes of a run are stored (keepSize)\n`;
      yield { stream: 'stderr', data: new TextEncoder().encode(words) };
      return;
    }
    yield chunk;
  }
}
