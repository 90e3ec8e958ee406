/** Longer than any reply that is wanted: a znode holds 1 MB, a list of 100,000 jobs less than 12 MB. */
export const MAX_FRAME = 16 * 1024 * 1024;

/** Length, xid, zxid and error code, of which every reply has these first. */
const HEADER = 4 + 4 + 8 + 4;
/** Where in it the error code is. */
const CODE = HEADER - 4;

/** A code of our own, which no server sends: the reply was too long, and is not read. */
export const TOO_LONG = -100_001;

/**
 * Cuts a byte stream into ZooKeeper's length-prefixed packets and hands them on one at a time, prefix included.
 * The library does so itself, but copies the remainder once per packet and recurses for each. Of a packet that is too
 * long the header alone is handed on, with {@link TOO_LONG} as its code: that call fails, and the connection goes on.
 */
export class Frames {
  readonly #onFrame: (frame: Buffer) => void;
  #chunks: Buffer[] = [];
  #length = 0;
  #wanted = 4;
  /** Bytes of a packet that are still to come and of which none is read. */
  #skipped = 0;
  /** The first packet says that a server accepts the session; it answers no call. */
  #begun = false;

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws when the stream cannot be ZooKeeper's, and what `onFrame` throws. */
  push(bytes: Buffer): void {
    const chunk = this.#skip(bytes);
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    while (rest.length >= this.#setWanted(rest)) {
      const frame = rest.subarray(0, this.#wanted);
      const size = frame.readInt32BE(0);
      rest = rest.subarray(this.#wanted);
      this.#begun = true;
      if (size > MAX_FRAME) {
        this.#skipped = size + 4 - HEADER;
        rest = this.#skip(rest);
      }
      this.#onFrame(size > MAX_FRAME ? tooLong(frame) : frame);
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }

  #setWanted(bytes: Buffer): number {
    const size = bytes.length < 4 ? 0 : bytes.readInt32BE(0);
    if (size < 0 || (size > MAX_FRAME && !this.#begun)) throw new Error(`a packet of ${size} bytes`);
    this.#wanted = size > MAX_FRAME ? HEADER : size + 4;
    return this.#wanted;
  }

  #skip(bytes: Buffer): Buffer {
    const now = Math.min(this.#skipped, bytes.length);
    this.#skipped -= now;
    return bytes.subarray(now);
  }
}

function tooLong(header: Buffer): Buffer {
  // What is no reply to a request belongs to no call that could fail
  if (header.readInt32BE(4) < 0) throw new Error(`a packet of ${header.readInt32BE(0)} bytes`);
  const frame = Buffer.from(header);
  frame.writeInt32BE(HEADER - 4, 0);
  frame.writeInt32BE(TOO_LONG, CODE);
  return frame;
}
