import type { StoredOutput } from '../../core/model/world.js';
import { LeadershipLost, PortError } from '../../ports/errors.js';
import type { OutputChunk, OutputStore } from '../../ports/output-store.js';
import type { Wake } from '../../ports/wake.js';
import { within } from '../lib/deadline.js';
import type { OutputFolder } from './folder.js';

/** Long enough for output of the usual size. */
const MOMENT_MS = 250;
/** An unreachable network file system never answers. */
const DEADLINE_MS = 20_000;

export interface BackgroundOptions {
  /** How long to wait for a store before it goes on in the background, in milliseconds. */
  readonly momentMs?: number;
  /** How long the folder may be silent, in milliseconds. */
  readonly deadlineMs?: number;
}

type Ended = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

interface Store {
  stopped: boolean;
  readonly ended: Promise<Ended>;
  /** Error of a store that failed in the background. */
  failure?: { readonly error: unknown };
}

/** {@link OutputStore} in a folder. Neither gigabytes of output nor an unresponsive folder delay other jobs. */
export class BackgroundOutputs implements OutputStore {
  readonly #stores = new Map<string, Store>();
  #listing: Promise<ReadonlyMap<string, StoredOutput>> | undefined;
  #wake: Wake = () => undefined;
  readonly #momentMs: number;
  readonly #deadlineMs: number;

  constructor(
    private readonly folder: Pick<OutputFolder, 'stored' | 'store' | 'remove'>,
    options: BackgroundOptions = {},
  ) {
    this.#momentMs = options.momentMs ?? MOMENT_MS;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  async stored(): Promise<ReadonlyMap<string, StoredOutput>> {
    // One at a time: hanging calls would use up the threads that read files
    this.#listing ??= this.folder.stored().finally(() => {
      this.#listing = undefined;
    });
    return this.#answered('list the stored output', this.#listing);
  }

  async store(run: string, chunks: AsyncIterable<OutputChunk>): Promise<'stored' | 'under-way'> {
    const before = this.#stores.get(run);
    if (before && !before.failure) return 'under-way';
    this.#stores.delete(run);
    if (before?.failure) throw before.failure.error;
    const store = this.#begin(run, chunks);
    const ended = await within(store.ended, this.#momentMs);
    if (!ended) {
      void store.ended.then(result => this.#late(run, store, result));
      return 'under-way';
    }
    this.#forget(run, store);
    if (!ended.ok) throw ended.error;
    return 'stored';
  }

  async remove(run: string): Promise<void> {
    const store = this.#stores.get(run);
    if (store) {
      store.stopped = true;
      this.#forget(run, store);
      // Or it's too late to stop it, and it completes
      await within(store.ended, this.#momentMs);
    }
    await this.#answered(`remove the output of run ${run}`, this.folder.remove(run));
  }

  onChange(wake: Wake): void {
    this.#wake = wake;
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) store.stopped = true;
  }

  #begin(run: string, chunks: AsyncIterable<OutputChunk>): Store {
    const isStopped = (): boolean => store.stopped;
    const ended = this.folder.store(run, untilStopped(run, chunks, isStopped)).then(
      (): Ended => ({ ok: true }),
      (error: unknown): Ended => ({ ok: false, error }),
    );
    const store: Store = { stopped: false, ended };
    this.#stores.set(run, store);
    return store;
  }

  #late(run: string, store: Store, ended: Ended): void {
    // After the term ends, errors don't matter: the next leader starts over
    if (ended.ok || store.stopped || ended.error instanceof LeadershipLost) this.#forget(run, store);
    else store.failure = ended;
    this.#wake();
  }

  #forget(run: string, store: Store): void {
    if (this.#stores.get(run) === store) this.#stores.delete(run);
  }

  async #answered<T>(what: string, answer: Promise<T>): Promise<T> {
    const timely = await within(
      answer.then(value => ({ value })),
      this.#deadlineMs,
    );
    if (timely) return timely.value;
    throw new PortError('retry', `${what}: the state directory gave no answer for ${this.#deadlineMs} ms`);
  }
}

async function* untilStopped(
  run: string,
  chunks: AsyncIterable<OutputChunk>,
  isStopped: () => boolean,
): AsyncIterable<OutputChunk> {
  const check = (): void => {
    if (isStopped()) throw new PortError('retry', `output of run ${run}: it is stored no longer`);
  };
  for await (const chunk of chunks) {
    check();
    yield chunk;
  }
  check();
}
