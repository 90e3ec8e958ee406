const LIMIT = 4096;

/** Remembers the last 4 KiB of a stream. */
export class Tail {
  #kept = Buffer.alloc(0);

  add(chunk: Buffer): void {
    const all = chunk.length >= LIMIT ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = Buffer.from(all.subarray(Math.max(0, all.length - LIMIT)));
  }

  /** As UTF-8 of at most 4 KiB; a character cut at the start is left out. */
  text(): string {
    const start = this.#kept.findIndex(byte => (byte & 0xc0) !== 0x80);
    return this.#kept.subarray(Math.max(0, start)).toString('utf8');
  }
}
