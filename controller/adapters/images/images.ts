import type Docker from 'dockerode';
import type { ImageState } from '../../core/world.js';
import type { Images, ImageWant, Wake } from '../../ports.js';
import { statusCode, words } from '../swarm/engine.js';
import { registryAuth } from './docker-config.js';

export interface DockerImagesOptions {
  readonly now: () => number;
  /** A pull that shows no progress for this long has failed. */
  readonly stallMs?: number;
}

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;
const STALL_MS = 120_000;

/** {@link Images} on a Docker Engine. What it knows is a memory only; a new one looks again. */
export class DockerImages implements Images {
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
    this.#set(key, { state: 'resolving', since, progress: 'asking' });
    this.#resolve(want, progress => this.#set(key, { state: 'resolving', since, progress })).then(
      pinned => this.#done(key, { state: 'resolved', pinned }),
      (error: unknown) => {
        const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** tries, LAST_RETRY_MS);
        const retryAt = this.options.now() + pauseMs;
        this.#done(key, { state: 'unavailable', error: words(error), tries: tries + 1, retryAt });
      },
    );
  }

  onChange(wake: Wake): void {
    this.#wakes.push(wake);
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #resolve(want: ImageWant, progress: (text: string) => void): Promise<string> {
    if (want.policy !== 'Always') {
      const local = await this.#local(want.ref);
      if (local !== undefined) return local;
      if (want.policy === 'Never') throw new Error('not on this engine, and spec.imagePullPolicy is Never');
    }
    progress('pulling');
    await this.#pull(want.ref, progress);
    const pulled = await this.#local(want.ref);
    if (pulled === undefined) throw new Error('pulled, but not there afterwards');
    return pulled;
  }

  /**
   * What Swarm should run for an image that is on the engine: the digest that a registry knows it by, so that other
   * nodes can pull the same one; else its id. A tag would make each task start ask the registry.
   */
  async #local(ref: string): Promise<string | undefined> {
    try {
      const { Id, RepoDigests } = await this.docker.getImage(ref).inspect();
      const repository = ref.replace(/@.*$/, '').replace(/:[^/:]+$/, '');
      const digests = [...(RepoDigests ?? [])].sort();
      return digests.find(digest => digest.startsWith(`${repository}@`)) ?? Id;
    } catch (error) {
      if (statusCode(error) === 404) return undefined;
      throw error;
    }
  }

  async #pull(ref: string, progress: (text: string) => void): Promise<void> {
    const stall = new AbortController();
    const stallMs = this.options.stallMs ?? STALL_MS;
    const timer = setTimeout(() => stall.abort(), stallMs);
    const abort = (): void => stall.abort();
    this.#closing.signal.addEventListener('abort', abort, { once: true });
    try {
      const authconfig = await registryAuth(ref);
      const stream = await this.docker.pull(withTag(ref), { authconfig, abortSignal: stall.signal });
      await new Promise<void>((resolve, reject) => {
        this.docker.modem.followProgress(
          stream,
          error => (error ? reject(error) : resolve()),
          (event: { readonly status?: string; readonly progress?: string }) => {
            timer.refresh();
            if (event.status) progress([event.status, event.progress].filter(Boolean).join(' '));
          },
        );
      });
    } catch (error) {
      if (stall.signal.aborted)
        throw new Error(`pull showed no progress for ${stallMs / 1_000} s`, { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', abort);
    }
  }

  #set(key: string, state: ImageState): void {
    this.#states.set(key, state);
  }

  #done(key: string, state: ImageState): void {
    this.#set(key, state);
    for (const wake of this.#wakes) wake();
  }
}

/** With policy Always each run looks anew; otherwise all runs share one answer for a reference. */
function keyOf({ ref, policy, run }: ImageWant): string {
  return policy === 'Always' ? `${ref} ${policy} ${run}` : `${ref} ${policy}`;
}

/** Without a tag the engine would pull all of them. */
function withTag(ref: string): string {
  const last = ref.split('/').at(-1) ?? '';
  return last.includes(':') || ref.includes('@') ? ref : `${ref}:latest`;
}
