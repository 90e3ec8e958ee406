import { performance } from 'node:perf_hooks';
import { PortError } from '../../../ports/errors.js';
import { errorMessage } from '../../../shared/error-message.js';
import { isZooKeeperError, type ZooKeeperErrorCode } from '../../../shared/zookeeper/errors.js';

/** A person, or another version of the server's configuration, may have helped meanwhile. */
const AGAIN_MS = 6 * 3_600_000;
/** Each removes as much as it can in its time. */
const MOST_TRIES = 10;

interface Refused {
  readonly why: string;
  readonly until: number;
}

/**
 * Runs whose znodes cannot be removed: a program has put some there that only it may list or remove, or more than can be
 * listed. They hold nobody up, and are tried again after six hours, and by each controller that is started.
 */
export class LeftBehind {
  readonly #runs = new Map<string, Refused>();
  /** Of removals that were not done in their time. */
  readonly #tries = new Map<string, number>();

  /** @param now a monotonic clock, in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The outcome of a run's removal; throws a PortError `blocked` when the run is left behind by it. */
  async unless(run: string, removal: Promise<void>): Promise<void> {
    try {
      await removal;
      this.#runs.delete(run);
      this.#tries.delete(run);
    } catch (error) {
      if (!this.#add(run, error)) throw error;
      const words = `the znodes of run ${run} cannot be removed and are left behind: ${errorMessage(error)}`;
      throw new PortError('blocked', words, { cause: error });
    }
  }

  #add(run: string, error: unknown): boolean {
    const isLate = isZooKeeperError(error, 'deadline');
    const tries = (this.#tries.get(run) ?? 0) + (isLate ? 1 : 0);
    this.#tries.set(run, tries);
    if (!isRefused(error) && tries < MOST_TRIES) return false;
    this.#tries.delete(run);
    this.#runs.set(run, { why: errorMessage(error), until: this.now() + AGAIN_MS });
    return true;
  }

  /** Of these runs the ones that are left behind, and why. */
  among(runs: readonly string[]): ReadonlyMap<string, string> {
    const now = this.now();
    return new Map(
      runs.flatMap(run => {
        const refused = this.#runs.get(run);
        return refused && now < refused.until ? [[run, refused.why] as const] : [];
      }),
    );
  }
}

function isRefused(error: unknown): boolean {
  return REFUSED.some(code => isZooKeeperError(error, code));
}

const REFUSED: readonly ZooKeeperErrorCode[] = ['no-auth', 'too-much', 'not-empty'];
