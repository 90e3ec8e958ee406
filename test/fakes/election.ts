import { SAFE_PART } from '../../controller/adapters/zookeeper/election/lease.js';
import { guardStateStore } from '../../controller/loop/effects/leader-guard.js';
import { LeadershipLost } from '../../controller/ports/errors.js';
import type { ControllerView, Leadership, LeadershipState, Term } from '../../controller/ports/leadership.js';
import type { StateStore } from '../../controller/ports/state-store.js';
import type { Wake } from '../../controller/ports/wake.js';

/** The controllers in line to lead, as ZooKeeper keeps them, in memory. Time passes only when the clock is cranked. */
export class FakeElection {
  readonly line: FakeLeadership[] = [];
  epoch = 0;
  #pids = 0;

  constructor(
    readonly now: () => number,
    readonly timeoutMs = 10_000,
  ) {}

  campaign(host = 'host'): FakeLeadership {
    this.#pids += 1;
    const member = new FakeLeadership(this, { host, pid: this.#pids, since: this.now() });
    this.line.push(member);
    this.settle();
    return member;
  }

  /** Does what is due: ends the sessions of those that were silent for too long, and lets the first in line lead. */
  settle(): void {
    for (const member of [...this.line]) if (member.silentMs >= this.timeoutMs) this.remove(member);
    const [first] = this.line;
    if (first?.silentMs === 0 && first.term?.epoch !== this.epoch) this.begin(first);
  }

  /** The member takes the lead, whether another one has it or not. */
  begin(member: FakeLeadership): void {
    this.remove(member);
    this.line.unshift(member);
    this.epoch += 1;
    member.told({ epoch: this.epoch }, this.now());
  }

  remove(member: FakeLeadership): void {
    const at = this.line.indexOf(member);
    if (at >= 0) this.line.splice(at, 1);
  }

  controllers(): readonly ControllerView[] {
    this.settle();
    return this.line.map(({ view, term }) => (term?.epoch === this.epoch ? { ...view, term } : view));
  }
}

/** One controller's place in a {@link FakeElection}. */
export class FakeLeadership implements Leadership {
  #term: Term | undefined;
  #silentSince: number | undefined;
  #closed = false;
  readonly #wakes = new Set<Wake>();

  constructor(
    private readonly election: FakeElection,
    private self: ControllerView,
  ) {}

  /** What ZooKeeper hears of this controller is this old; 0 while they are in contact. */
  get silentMs(): number {
    return this.#silentSince === undefined ? 0 : this.election.now() - this.#silentSince;
  }

  get view(): ControllerView {
    return this.self;
  }

  /** What this controller believes; after {@link FakeLeadership.cut} it may be wrong. */
  get term(): Term | undefined {
    return this.#term;
  }

  state(): LeadershipState {
    this.election.settle();
    if (this.#term) return { role: 'leader', term: this.#term };
    const leader = this.election.controllers().find(({ term }) => term !== undefined);
    return { role: 'standby', ...(leader ? { leader } : {}) };
  }

  confirm(term: Term | undefined = this.#term): void {
    this.election.settle();
    if (!term || term !== this.#term) throw new LeadershipLost('this controller does not lead any more');
    if (this.silentMs >= this.election.timeoutMs * SAFE_PART)
      throw new LeadershipLost('no answer for too long');
  }

  /** The state store as this controller writes to it: under the latest term, or not at all. */
  fenced(stateStore: StateStore): StateStore {
    return guardStateStore(stateStore, () => {
      this.confirm();
      this.check();
    });
  }

  /** What ZooKeeper itself checks with each write. */
  check(): void {
    if (this.#term?.epoch !== this.election.epoch) throw new LeadershipLost('another term has begun');
  }

  /** Nothing passes between this controller and ZooKeeper any more; so it is while a process is stopped, too. */
  cut(): void {
    this.#silentSince ??= this.election.now();
  }

  /** They are in contact again, and the controller learns what has happened. */
  heal(): void {
    this.election.settle();
    this.#silentSince = undefined;
    if (this.#term?.epoch !== this.election.epoch || !this.election.line.includes(this)) this.told(undefined);
    if (!this.#closed && !this.election.line.includes(this)) this.election.line.push(this);
    this.election.settle();
  }

  told(term: Term | undefined, since = this.self.since): void {
    this.#term = term;
    this.self = { ...this.self, since };
    for (const wake of this.#wakes) wake();
  }

  onChange(wake: Wake): void {
    this.#wakes.add(wake);
  }

  async close(): Promise<void> {
    this.#wakes.clear();
    this.#closed = true;
    this.#term = undefined;
    this.election.remove(this);
    this.election.settle();
  }
}
