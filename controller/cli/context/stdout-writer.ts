import type { TerminalStream } from './ports.js';

/** The reader of our output went away, as `head` does. Not an error of ours: the program ends quietly. */
export class PipeClosed extends Error {
  override readonly name = 'PipeClosed';
}

const GONE = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/** Writes to a stream at the pace of its reader. */
export class Output {
  #pending: Promise<void> = Promise.resolve();

  constructor(private readonly stream: TerminalStream) {
    // Without a listener a closed pipe would end the process with a stack trace; write() tells of the same failure
    stream.on('error', () => {});
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Fails with {@link PipeClosed} when nobody reads any more. */
  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(data, (error?: Error | null) => {
        if (!error) resolve();
        else if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) reject(new PipeClosed(error.message));
        else reject(error);
      });
    });
  }

  /** Writes without waiting, for callers that cannot wait; {@link Output.flush} does. */
  enqueue(text: string): void {
    const written = this.write(text).catch((error: unknown) => {
      if (!(error instanceof PipeClosed)) throw error;
    });
    this.#pending = Promise.all([this.#pending, written]).then(() => {});
  }

  /** Ends when everything enqueued is written, or nobody reads any more. */
  flush(): Promise<void> {
    return this.#pending;
  }

  async lines(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.write(`${lines.join('\n')}\n`);
  }
}
