import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeadershipLost } from '../../../ports/errors.js';
import type { Leadership, LeadershipState, Term } from '../../../ports/leadership.js';
import type { Wake } from '../../../ports/wake.js';
import { backoff } from '../../../shared/backoff.js';
import { given } from '../../../shared/given.js';
import { singleFlight } from '../../../shared/single-flight.js';
import type { Acl } from '../../../shared/zookeeper/acl.js';
import { isZooKeeperError, type ZooKeeperErrorCode } from '../../../shared/zookeeper/errors.js';
import type { ZooKeeperSession } from '../../../shared/zookeeper/session.js';
import type { Fence } from '../../../shared/zookeeper/session-types.js';
import { parseController } from '../znodes/records.js';
import { EPOCH, LINE, makeRoot } from '../znodes/root.js';
import { controllersOf, type Line, type Place, readLine } from './candidates.js';
import { elapsedMs, type Moment, moment, SAFE_PART } from './lease.js';
import { hasEnded, thisProcess } from './process-identity.js';

export interface Candidate {
  readonly session: ZooKeeperSession;
  readonly root: string;
  readonly acl: Acl;
  readonly host: string;
  /** Milliseconds since the epoch; only for people to read. */
  readonly now: () => number;
}

const PASSING: ReadonlySet<ZooKeeperErrorCode> = new Set([
  'connection',
  'deadline',
  'fenced',
  'no-node',
  'version',
]);
/** How often the process of the controller before this one is looked for, where it can be. */
const LOOK_FOR_PROCESS_MS = 500;
const PAUSE_MS = { first: 100, longest: 2_000 } as const;

/**
 * {@link Leadership} by ZooKeeper's recipe: each controller has an ephemeral znode in a line and watches the one before
 * its own; the first one leads. It begins its term by writing the epoch znode, whose new version every later write of its
 * own checks, so that a write of an earlier term changes nothing. What ZooKeeper cannot check is held back by a lease:
 * the time since the last answered request, from when that was sent, must be below a safe part of the session timeout.
 */
export class ZooKeeperLeadership implements Leadership {
  readonly #candidate: Candidate;
  readonly #self = thisProcess();
  readonly #wakes = new Set<Wake>();
  readonly #closing = new AbortController();
  readonly #unsubscribe: () => void;
  #standing: LeadershipState = { role: 'standby' };
  #place: string;
  /** When the last request was sent that has been answered in this term, and for how long that is good. */
  #proof: { readonly sentAt: Moment; readonly goodForMs: number } | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #processTimer: NodeJS.Timeout | undefined;
  #beating = false;
  readonly #look = singleFlight(() => this.#tryStep());
  #failures = 0;

  constructor(candidate: Candidate) {
    this.#candidate = candidate;
    this.#place = this.#newPlace();
    this.#unsubscribe = candidate.session.onState(state => {
      if (state === 'expired') this.#lose();
      if (state === 'connected') void this.#beat();
      this.#look();
    });
    this.#look();
  }

  state(): LeadershipState {
    return this.#standing;
  }

  confirm(term: Term | undefined = this.#term): void {
    if (!term || term !== this.#term) throw new LeadershipLost('this controller does not lead any more');
    const proof = this.#proof;
    const silentMs = proof ? elapsedMs(proof.sentAt) : Number.POSITIVE_INFINITY;
    if (silentMs < (proof?.goodForMs ?? 0)) return;
    throw new LeadershipLost(
      `no answer from zookeeper for ${(silentMs / 1_000).toFixed(1)} s: another may lead`,
    );
  }

  /** For a write that is decided on now: it is refused when another term has begun by the time it is made. */
  fence(): Fence {
    const term = this.#term;
    return () => {
      if (!term) throw new LeadershipLost('this controller does not lead');
      this.confirm(term);
      return [{ op: 'check', path: this.#epochPath, version: term.epoch }];
    };
  }

  onChange(wake: Wake): void {
    this.#wakes.add(wake);
  }

  async close(): Promise<void> {
    this.#wakes.clear();
    this.#unsubscribe();
    this.#closing.abort();
    await this.#look.idle();
    clearInterval(this.#processTimer);
    const place = this.#place;
    this.#lose();
    if (this.#candidate.session.connected) await this.#leave(place);
  }

  get #term(): Term | undefined {
    return this.#standing.role === 'leader' ? this.#standing.term : undefined;
  }

  get #epochPath(): string {
    return `${this.#candidate.root}/${EPOCH}`;
  }

  #newPlace(): string {
    return `${this.#candidate.root}/${LINE}/${randomUUID()}`;
  }

  async #tryStep(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      await this.#step();
      this.#failures = 0;
    } catch (error) {
      if (!isZooKeeperError(error)) throw error;
      if (error.code === 'closed') return;
      // What may pass by itself is told by whoever reads the world
      if (!this.#term && !PASSING.has(error.code)) this.#stand({ role: 'standby', problem: error.message });
      this.#look();
      const pauseMs = backoff(++this.#failures, PAUSE_MS);
      await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  /** Does the one thing that is next on the way to the head of the line, or finds that there is nothing to do. */
  async #step(): Promise<void> {
    const { session, root, acl, host, now } = this.#candidate;
    const path = this.#place;
    clearInterval(this.#processTimer);
    const line = await readLine(session, root, this.#look);
    if (path !== this.#place) return;
    const at = line?.places.findIndex(place => place.path === path) ?? -1;
    const own = line?.places[at];
    if (this.#term && (!own || line?.epoch.version !== this.#term.epoch)) {
      // Somebody removed the znode, or another term began: the place is forfeited
      this.#lose();
      return this.#look();
    }
    // A call that was thought lost may have made one after its place was given up
    const strays = line?.places.filter(place => place.znode.mine && place !== own) ?? [];
    await Promise.all(strays.map(({ path }) => session.remove(path)));
    if (!line) await makeRoot(session, root, acl);
    if (!line || !own) {
      const data = Buffer.from(JSON.stringify({ host, ...this.#self, since: now() }));
      await session.create(path, data, { acl, ephemeral: true });
      return this.#look();
    }
    const before = line.places[at - 1];
    // The one before alone is watched, so that the end of a controller wakes one other
    if (!(await session.get((before ?? own).path, this.#look))) return this.#look();
    if (before && (await this.#isBuried(before))) return this.#look();
    if (before) return this.#stand(standby(line));
    if (!this.#term) await this.#begin(own, line.epoch.version);
  }

  /** A controller that was killed keeps its place until its session ends; whoever can see that it is gone need not wait. */
  async #isBuried({ path, znode }: Place): Promise<boolean> {
    const controller = parseController(znode.data);
    if (controller?.machine === undefined || controller.machine !== this.#self.machine) return false;
    if (hasEnded(controller, this.#self)) {
      await this.#candidate.session.remove(path, znode.version);
      return true;
    }
    const look = (): void => void (hasEnded(controller, this.#self) && this.#look());
    this.#processTimer = setInterval(look, LOOK_FOR_PROCESS_MS);
    return false;
  }

  async #begin(own: Place, version: number): Promise<void> {
    const { session, now } = this.#candidate;
    const sentAt = moment();
    const data = Buffer.from(JSON.stringify({ controller: own.path, since: now() }));
    // Only while the place is ours: a session may have ended since the line was read
    const fence: Fence = () => [{ op: 'check', path: own.path, version: own.znode.version }];
    const epoch = await session.set(this.#epochPath, data, version, fence);
    if (own.path !== this.#place || this.#closing.signal.aborted) return;
    this.#prove(sentAt);
    this.#beatTimer = setInterval(() => void this.#beat(), session.timeoutMs / 3);
    this.#stand({ role: 'leader', term: { epoch } });
  }

  /** Asks whether the term lasts: through the servers' own agreement, which a server that was cut off has no part in. */
  async #beat(): Promise<void> {
    const term = this.#term;
    if (!term || this.#beating) return;
    this.#beating = true;
    const sentAt = moment();
    try {
      await this.#candidate.session.multi([{ op: 'check', path: this.#epochPath, version: term.epoch }]);
      if (term === this.#term) this.#prove(sentAt);
    } catch (error) {
      if (!isZooKeeperError(error)) throw error;
      // Without an answer the lease runs out; an answer that says no has to be looked into
      if (!error.inDoubt) this.#look();
    } finally {
      this.#beating = false;
    }
  }

  #prove(sentAt: Moment): void {
    this.#proof = { sentAt, goodForMs: this.#candidate.session.timeoutMs * SAFE_PART };
  }

  /** The term is over, and the place in the line with it. */
  #lose(): void {
    clearInterval(this.#beatTimer);
    this.#proof = undefined;
    this.#place = this.#newPlace();
    if (this.#term) this.#stand({ role: 'standby' });
  }

  async #leave(place: string): Promise<void> {
    try {
      await this.#candidate.session.remove(place);
    } catch (error) {
      // It goes with the session, a little later
      if (!isZooKeeperError(error)) throw error;
    }
  }

  #stand(standing: LeadershipState): void {
    this.#standing = standing;
    for (const wake of this.#wakes) wake();
  }
}

function standby(line: Line): LeadershipState {
  const leader = controllersOf(line).find(({ term }) => term !== undefined);
  return { role: 'standby', ...given({ leader }) };
}
