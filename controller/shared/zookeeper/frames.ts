/** Longer than any reply: a znode holds 1 MB, a list of children of 10,000 names less. */
const MAX_FRAME = 16 * 1024 * 1024;

/**
 * Cuts a byte stream into ZooKeeper's length-prefixed packets and hands them on one at a time, prefix included.
 * The library does so itself, but copies the remainder once per packet and recurses for each.
 */
export class Frames {
  readonly #onFrame: (frame: Buffer) => void;
  #chunks: Buffer[] = [];
  #length = 0;
  #wanted = 4;

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws when the stream cannot be ZooKeeper's, and what `onFrame` throws. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    while (rest.length >= this.#setWanted(rest)) {
      const frame = rest.subarray(0, this.#wanted);
      rest = rest.subarray(this.#wanted);
      this.#onFrame(frame);
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }

  #setWanted(bytes: Buffer): number {
    const size = bytes.length < 4 ? 0 : bytes.readInt32BE(0);
    if (size < 0 || size > MAX_FRAME) throw new Error(`a packet of ${size} bytes`);
    this.#wanted = size + 4;
    return this.#wanted;
  }
}
