import type { ImageState } from '../../controller/core/model/world.js';
import type { Images, ImageWant } from '../../controller/ports/images.js';

const RETRY_MS = 5_000;

/** Images whose pulls take one {@link FakeImages.step}. */
export class FakeImages implements Images {
  readonly #states = new Map<string, ImageState>();
  /** References that no registry has, and the engine's words on them. */
  readonly missing = new Map<string, string>();
  /** Every look that was asked for. */
  readonly asked: ImageWant[] = [];

  constructor(private readonly now: () => number) {}

  state(want: ImageWant): ImageState {
    return this.#states.get(keyOf(want)) ?? { state: 'unknown' };
  }

  resolve(want: ImageWant): void {
    const known = this.state(want);
    if (known.state === 'resolving' || known.state === 'resolved') return;
    this.asked.push(want);
    const before = known.state === 'unavailable' ? { error: known.error } : {};
    this.#states.set(keyOf(want), { state: 'resolving', since: this.now(), progress: 'asking', ...before });
  }

  /** Ends every look that is under way. Returns whether there was one. */
  step(): boolean {
    let moved = false;
    for (const [key, state] of this.#states) {
      if (state.state !== 'resolving') continue;
      moved = true;
      this.#states.set(key, this.#look(key));
    }
    return moved;
  }

  /** As after a restart of the controller: what was known is a memory only. */
  forget(): void {
    this.#states.clear();
  }

  onChange(): void {}

  async close(): Promise<void> {}

  #look(key: string): ImageState {
    const [ref = ''] = key.split(' ');
    const error = this.missing.get(ref);
    if (error === undefined) return { state: 'resolved', pinned: pinnedOf(ref) };
    const tries = this.asked.filter(want => want.ref === ref).length;
    return { state: 'unavailable', error, tries, retryAt: this.now() + RETRY_MS };
  }
}

/** What an available reference resolves to. */
export function pinnedOf(ref: string): string {
  return `${ref.replace(/:[^/:]+$/, '')}@sha256:${'0'.repeat(64)}`;
}

function keyOf({ ref, policy, run }: ImageWant): string {
  return policy === 'Always' ? `${ref} ${run}` : ref;
}
