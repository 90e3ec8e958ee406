import { backoff } from '../../../controller/shared/backoff.js';
import type { Registration, SshProof } from '../../../controller/shared/protocol/protocol.js';

/** One try: undefined when it succeeded, else why not. */
export type Try = (worker: Registration, signal: AbortSignal) => Promise<string | undefined>;

const PAUSE_MS = { first: 50, longest: 2000 } as const;
/** More logins at a time only wait for each other's processors. */
const AT_ONCE = 16;

interface Entry {
  readonly worker: Registration;
  readonly ending: AbortController;
  tries: number;
  proof: SshProof | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Proves SSH to each registered worker, again and again until it holds. A proof belongs to one registration: when
 * another task, address or port registers under the index, it is proven again.
 */
export class Proofs {
  readonly #try: Try;
  readonly #onChange: () => void;
  readonly #entries = new Map<number, Entry>();
  readonly #queue: Entry[] = [];
  #running = 0;

  constructor(oneTry: Try, onChange: () => void) {
    this.#try = oneTry;
    this.#onChange = onChange;
  }

  /** The workers to prove from now on; others are forgotten. */
  want(workers: readonly Registration[]): void {
    const wanted = new Map(workers.map(worker => [worker.index, worker]));
    for (const [index, entry] of this.#entries) {
      const worker = wanted.get(index);
      if (worker === undefined || !isSame(worker, entry.worker)) this.#forget(index, entry);
    }
    for (const worker of workers) if (!this.#entries.has(worker.index)) this.#add(worker);
  }

  /** By worker index, ascending; only what was tried at least once. */
  report(): Readonly<Record<string, SshProof>> {
    const sorted = [...this.#entries].sort(([a], [b]) => a - b);
    return Object.fromEntries(
      sorted.flatMap(([index, { proof }]) => (proof === undefined ? [] : [[index, proof]])),
    );
  }

  /** Whether SSH is proven for exactly this registration. */
  holds(worker: Registration): boolean {
    const entry = this.#entries.get(worker.index);
    return entry !== undefined && isSame(worker, entry.worker) && entry.proof?.ok === true;
  }

  stop(): void {
    for (const [index, entry] of this.#entries) this.#forget(index, entry);
  }

  #add(worker: Registration): void {
    const ending = new AbortController();
    const entry: Entry = { worker, ending, tries: 0, proof: undefined, timer: undefined };
    this.#entries.set(worker.index, entry);
    this.#queue.push(entry);
    this.#fill();
  }

  #forget(index: number, entry: Entry): void {
    this.#entries.delete(index);
    clearTimeout(entry.timer);
    entry.ending.abort();
  }

  #fill(): void {
    while (this.#running < AT_ONCE) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      if (!entry.ending.signal.aborted) void this.#run(entry);
    }
  }

  async #run(entry: Entry): Promise<void> {
    this.#running += 1;
    const error = await this.#try(entry.worker, entry.ending.signal);
    this.#running -= 1;
    if (!entry.ending.signal.aborted) this.#settle(entry, error);
    this.#fill();
  }

  #settle(entry: Entry, error: string | undefined): void {
    const { address, task } = entry.worker;
    entry.tries += 1;
    if (error === undefined) entry.proof = { ok: true, address, task };
    else {
      entry.proof = { ok: false, address, task, error, tries: entry.tries };
      entry.timer = setTimeout(
        () => {
          this.#queue.push(entry);
          this.#fill();
        },
        backoff(entry.tries, PAUSE_MS),
      );
    }
    this.#onChange();
  }
}

function isSame(a: Registration, b: Registration): boolean {
  return a.task === b.task && a.address === b.address && a.port === b.port;
}
