import type Docker from 'dockerode';
import { IMAGE_RETRY_MS, type ImageState } from '../../core/model/world.js';
import type { Images, ImageWant } from '../../ports/images.js';
import type { Wake } from '../../ports/wake.js';
import { backoff } from '../../shared/backoff.js';
import { statusCode, words } from '../docker/engine.js';
import { pull } from '../docker/pull.js';
import { isImageId, parseReference } from '../docker/reference.js';

export interface DockerImagesOptions {
  readonly now: () => number;
  /** A pull that shows no progress for this long has failed. */
  readonly stallMs?: number;
}

interface Report {
  readonly pulling: () => void;
  /** The engine's progress message. */
  readonly progress: (text: string) => void;
}

const STALL_MS = 120_000;
/** Far more than runs that wait for an image at one time; a dropped entry is looked up again. */
const REMEMBERED = 1_000;

/** {@link Images} on a Docker Engine. It's only a cache; a new process asks the engine again. */
export class DockerImages implements Images {
  /** Oldest first. */
  readonly #states = new Map<string, ImageState>();
  readonly #wakes: Wake[] = [];
  readonly #closing = new AbortController();

  constructor(
    private readonly docker: Docker,
    private readonly options: DockerImagesOptions,
  ) {}

  state(want: ImageWant): ImageState {
    return this.#states.get(keyOf(want)) ?? { state: 'unknown' };
  }

  resolve(want: ImageWant): void {
    const key = keyOf(want);
    const known = this.state(want);
    if (known.state === 'resolving' || known.state === 'resolved') return;
    const tries = known.state === 'unavailable' ? known.tries : 0;
    const since = this.options.now();
    const before: { readonly error?: string } = known.state === 'unavailable' ? { error: known.error } : {};
    this.#set(key, { state: 'resolving', since, progress: 'asking', ...before });
    const pulling = (): void => this.#set(key, { state: 'resolving', since, progress: 'pulling', ...before });
    const progress = (text: string): void => this.#set(key, { state: 'resolving', since, progress: text });
    this.#resolve(want, { pulling, progress }).then(
      pinned => this.#done(key, { state: 'resolved', pinned }),
      (error: unknown) => {
        const retryAt = this.options.now() + backoff(tries + 1, IMAGE_RETRY_MS);
        const why = words(error);
        const failed = { state: 'unavailable', error: why, tries: tries + 1, retryAt } as const;
        // Missing images are asked for again and again: the same answer doesn't wake anything
        this.#done(key, failed, before.error !== why);
      },
    );
  }

  onChange(wake: Wake): void {
    this.#wakes.push(wake);
  }

  /** Cancels lookups and pulls in progress, without waking anything. */
  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #resolve(want: ImageWant, { pulling, progress }: Report): Promise<string> {
    if (want.policy !== 'Always') {
      const local = await this.#local(want.ref);
      if (local !== undefined) return local;
      if (want.policy === 'Never') throw new Error('not on this engine, and spec.imagePullPolicy is Never');
    }
    pulling();
    const stallMs = this.options.stallMs ?? STALL_MS;
    await pull(this.docker, want.ref, { stallMs, signal: this.#closing.signal, progress });
    const pulled = await this.#local(want.ref);
    if (pulled === undefined) throw new Error('pulled, but not there afterwards');
    return pulled;
  }

  /**
   * The reference that Swarm gets for an image on the engine: its registry digest, so that other nodes can pull the
   * same image; else its id. A tag would make each task start ask the registry.
   */
  async #local(ref: string): Promise<string | undefined> {
    try {
      const { Id, RepoDigests } = await this.docker.getImage(ref).inspect();
      if (isImageId(ref)) return Id;
      const { name, digest } = parseReference(ref);
      if (digest !== undefined) return `${name}@${digest}`;
      return [...(RepoDigests ?? [])].sort().find(known => known.startsWith(`${name}@`)) ?? Id;
    } catch (error) {
      const code = statusCode(error);
      if (code === 404) return undefined;
      throw code === undefined ? new Error(`docker engine: ${words(error)}`, { cause: error }) : error;
    }
  }

  #set(key: string, state: ImageState): void {
    this.#states.set(key, state);
    if (this.#states.size <= REMEMBERED) return;
    const oldest = [...this.#states].find(([, { state }]) => state !== 'resolving')?.[0];
    if (oldest !== undefined) this.#states.delete(oldest);
  }

  #done(key: string, state: ImageState, isNews = true): void {
    if (this.#closing.signal.aborted) return;
    this.#set(key, state);
    if (!isNews) return;
    for (const wake of this.#wakes) wake();
  }
}

/** Each run looks the image up again, whatever the policy: the tag may have been rebuilt or pulled since. */
function keyOf({ ref, policy, run }: ImageWant): string {
  return `${ref} ${policy} ${run}`;
}
