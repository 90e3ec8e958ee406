import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type OutputChunk, type OutputStore, PortError } from '../ports.js';

const SUFFIX = '.log';

/**
 * {@link OutputStore} in a folder: one file a run, frames of one byte (1 or 2 for the stream) and a 32-bit big-endian
 * length, then the bytes; so that both streams stay told apart and in order. A file is written beside and renamed.
 */
export class OutputFolder implements OutputStore {
  constructor(private readonly folder: string) {}

  async stored(): Promise<ReadonlySet<string>> {
    const names = (await this.#tried('list', this.folder, () => readdir(this.folder))) ?? [];
    return new Set(names.filter(name => name.endsWith(SUFFIX)).map(name => name.slice(0, -SUFFIX.length)));
  }

  async store(run: string, chunks: readonly OutputChunk[]): Promise<void> {
    await this.#tried('store output in', this.folder, () => this.#write(run, chunks));
  }

  async #write(run: string, chunks: readonly OutputChunk[]): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = this.#path(run);
    const file = await open(`${path}.tmp`, 'w', 0o600);
    try {
      for (const { stream, data } of chunks) {
        const header = Buffer.alloc(5);
        header.writeUInt8(stream === 'stderr' ? 2 : 1, 0);
        header.writeUInt32BE(data.byteLength, 1);
        await file.writev([header, data]);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
  }

  /** The stored output of a run, in order; undefined where none is stored. */
  async read(run: string): Promise<readonly OutputChunk[] | undefined> {
    const bytes = await this.#tried('read', this.#path(run), () => readFile(this.#path(run)));
    if (!bytes) return undefined;
    const chunks: OutputChunk[] = [];
    for (let at = 0; at + 5 <= bytes.length; ) {
      const length = bytes.readUInt32BE(at + 1);
      chunks.push({
        stream: bytes[at] === 2 ? 'stderr' : 'stdout',
        data: bytes.subarray(at + 5, at + 5 + length),
      });
      at += 5 + length;
    }
    return chunks;
  }

  async remove(run: string): Promise<void> {
    await this.#tried('remove', this.#path(run), () => rm(this.#path(run), { force: true }));
  }

  /** Undefined where there is no such file. A full disk or missing rights may pass; they must not end the controller. */
  async #tried<T>(what: string, path: string, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new PortError('retry', `${what} ${path}: ${message}`, { cause: error });
    }
  }

  #path(run: string): string {
    return join(this.folder, `${run}${SUFFIX}`);
  }
}
