import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeadershipLost } from '../../../ports/errors.js';
import type { Leadership, LeadershipState, Term } from '../../../ports/leadership.js';
import type { Wake } from '../../../ports/wake.js';
import { backoff } from '../../../shared/backoff.js';
import { given } from '../../../shared/given.js';
import { elapsedMs, type Moment, moment } from '../../../shared/moment.js';
import { singleFlight } from '../../../shared/single-flight.js';
import type { Acl } from '../../../shared/zookeeper/acl.js';
import { isZooKeeperError, type ZooKeeperErrorCode } from '../../../shared/zookeeper/errors.js';
import type { ZooKeeperSession } from '../../../shared/zookeeper/session.js';
import type { Fence } from '../../../shared/zookeeper/session-types.js';
import { parseController } from '../znodes/records.js';
import { EPOCH, LINE, makeRoot } from '../znodes/root.js';
import { controllersOf, type Line, type Place, readLine } from './candidates.js';
import { SAFE_PART } from './lease.js';
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
/** How often to check whether the preceding controller's process still runs, if it's on this machine. */
const CHECK_PROCESS_MS = 500;
const PAUSE_MS = { first: 100, longest: 2_000 } as const;

/**
 * {@link Leadership} by ZooKeeper's recipe: each controller has an ephemeral znode in a line and watches the one
 * before its own; the first one leads. It begins its term by writing the epoch znode; every later write checks the
 * new version, so a write of an earlier term changes nothing. A lease guards effects that ZooKeeper can't check: the
 * time since the last answered request, from when that was sent, must be below a safe part of the session timeout.
 */
export class ZooKeeperLeadership implements Leadership {
  readonly #candidate: Candidate;
  readonly #self = thisProcess();
  readonly #wakes = new Set<Wake>();
  readonly #closing = new AbortController();
  readonly #unsubscribe: () => void;
  #state: LeadershipState = { role: 'standby' };
  #place: string;
  /** When the last answered request of this term was sent, and how long that is valid. */
  #proof: { readonly sentAt: Moment; readonly goodForMs: number } | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #processTimer: NodeJS.Timeout | undefined;
  #beating = false;
  readonly #check = singleFlight(() => this.#tryStep());
  #failures = 0;

  constructor(candidate: Candidate) {
    this.#candidate = candidate;
    this.#place = this.#newPlace();
    this.#unsubscribe = candidate.session.onState(state => {
      if (state === 'expired') this.#lose();
      if (state === 'connected') void this.#beat();
      this.#check();
    });
    this.#check();
  }

  state(): LeadershipState {
    return this.#state;
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

  /** For a write decided now: it's refused if another term has begun in the meantime. */
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
    await this.#check.idle();
    clearInterval(this.#processTimer);
    const place = this.#place;
    this.#lose();
    if (this.#candidate.session.connected) await this.#leave(place);
  }

  get #term(): Term | undefined {
    return this.#state.role === 'leader' ? this.#state.term : undefined;
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
      // Whatever may pass by itself is reported when the world is read
      if (!this.#term && !PASSING.has(error.code))
        this.#setState({ role: 'standby', problem: error.message });
      this.#check();
      const pauseMs = backoff(++this.#failures, PAUSE_MS);
      await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  /** Takes the next step towards the head of the line, if there's one. */
  async #step(): Promise<void> {
    const { session, root, acl, host, now } = this.#candidate;
    const path = this.#place;
    clearInterval(this.#processTimer);
    const line = await readLine(session, root, this.#check);
    if (path !== this.#place) return;
    const at = line?.places.findIndex(place => place.path === path) ?? -1;
    const own = line?.places[at];
    if (this.#term && (!own || line?.epoch.version !== this.#term.epoch)) {
      // The znode was removed, or another term began: give up the place
      this.#lose();
      return this.#check();
    }
    // A call that seemed lost may have created a znode after we gave up its place
    const strays = line?.places.filter(place => place.znode.mine && place !== own) ?? [];
    await Promise.all(strays.map(({ path }) => session.remove(path)));
    if (!line) await makeRoot(session, root, acl);
    if (!line || !own) {
      const data = Buffer.from(JSON.stringify({ host, ...this.#self, since: now() }));
      await session.create(path, data, { acl, ephemeral: true });
      return this.#check();
    }
    const before = line.places[at - 1];
    // Watch only the predecessor, so that the end of a controller wakes one other
    if (!(await session.get((before ?? own).path, this.#check))) return this.#check();
    if (before && (await this.#isBuried(before))) return this.#check();
    if (before) return this.#setState(standby(line));
    if (!this.#term) await this.#begin(own, line.epoch.version);
  }

  /**
   * A killed controller keeps its place until its session ends; a controller that sees its process gone needn't wait.
   */
  async #isBuried({ path, znode }: Place): Promise<boolean> {
    const controller = parseController(znode.data);
    if (controller?.machine === undefined || controller.machine !== this.#self.machine) return false;
    if (hasEnded(controller, this.#self)) {
      await this.#candidate.session.remove(path, znode.version);
      return true;
    }
    const check = (): void => void (hasEnded(controller, this.#self) && this.#check());
    this.#processTimer = setInterval(check, CHECK_PROCESS_MS);
    return false;
  }

  async #begin(own: Place, version: number): Promise<void> {
    const { session, now } = this.#candidate;
    const sentAt = moment();
    const data = Buffer.from(JSON.stringify({ controller: own.path, since: now() }));
    // Only while the place is ours: the session may have ended since we read the line
    const fence: Fence = () => [{ op: 'check', path: own.path, version: own.znode.version }];
    const epoch = await session.set(this.#epochPath, data, version, fence);
    if (own.path !== this.#place || this.#closing.signal.aborted) return;
    this.#prove(sentAt);
    this.#beatTimer = setInterval(() => void this.#beat(), session.timeoutMs / 3);
    this.#setState({ role: 'leader', term: { epoch } });
  }

  /** Asks whether the term lasts, by a write that needs a quorum: a server that was cut off can't answer it. */
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
      // Without an answer the lease runs out; a refusal needs a check
      if (!error.inDoubt) this.#check();
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
    if (this.#term) this.#setState({ role: 'standby' });
  }

  async #leave(place: string): Promise<void> {
    try {
      await this.#candidate.session.remove(place);
    } catch (error) {
      // It goes with the session a little later
      if (!isZooKeeperError(error)) throw error;
    }
  }

  #setState(state: LeadershipState): void {
    this.#state = state;
    for (const wake of this.#wakes) wake();
  }
}

function standby(line: Line): LeadershipState {
  const leader = controllersOf(line).find(({ term }) => term !== undefined);
  return { role: 'standby', ...given({ leader }) };
}
