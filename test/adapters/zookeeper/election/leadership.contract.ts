import { expect } from 'chai';
import { LeadershipLost } from '../../../../controller/ports/errors.js';
import type { Leadership, Term } from '../../../../controller/ports/leadership.js';
import type { StateStore } from '../../../../controller/ports/state-store.js';
import { directory, jobRecord } from '../samples.js';

export interface Contender {
  readonly leadership: Leadership;
  readonly registry: StateStore;
  /** Nothing passes between it and ZooKeeper, in either direction, and no connection is closed. */
  cut(): void;
  heal(): void;
}

/** Controllers that stand for the lead of one installation. */
export interface Arena {
  /** Session timeout in milliseconds. */
  readonly timeoutMs: number;
  /** How far measured times may be off. */
  readonly slackMs: number;
  /** One more controller, in line when this returns. */
  campaign(): Promise<Contender>;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** Milliseconds of the clock that {@link Arena.pass} moves. */
  now(): number;
  /** Begins a term of somebody else's while `victim` leads and does not know of it yet; meanwhile it makes these writes. */
  depose(victim: Contender, writes: () => readonly Promise<unknown>[]): Promise<readonly unknown[]>;
}

/** The promises of {@link Leadership} that hold for the real one and for the fake. Each call takes an arena of its own. */
export function itHasOneLeader(arena: () => Arena): void {
  const until = async (what: string, is: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 1_000; tries++) {
      if (is()) return;
      await arena().pass(10);
    }
    throw new Error(`waited in vain for ${what}`);
  };
  const termOf = ({ leadership }: Contender): Term | undefined => {
    const standing = leadership.state();
    return standing.role === 'leader' ? standing.term : undefined;
  };
  const led = async (contender: Contender): Promise<Term> => {
    await until('the lead', () => termOf(contender) !== undefined);
    const term = termOf(contender);
    if (!term) throw new Error('it lost the lead at once');
    return term;
  };
  const confirms = ({ leadership }: Contender, term?: Term): boolean => {
    try {
      leadership.confirm(term);
      return true;
    } catch (error) {
      if (error instanceof LeadershipLost) return false;
      throw error;
    }
  };

  it('lets the first one lead, and tells the second who does', async () => {
    const first = await arena().campaign();
    const term = await led(first);
    const second = await arena().campaign();
    await until('who leads', () => {
      const standing = second.leadership.state();
      return standing.role === 'standby' && standing.leader !== undefined;
    });
    const seen = await first.registry.controllers();
    if (!seen.ok) throw new Error(seen.error);
    expect(seen.value.map(controller => controller.term?.epoch)).to.deep.equal([term.epoch, undefined]);
    const standing = second.leadership.state();
    expect(standing.role === 'standby' && standing.leader).to.deep.equal(seen.value[0]);
    expect([confirms(first, term), confirms(second), confirms(second, term)]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('hands the lead to the next in line when the leader steps down, within a second', async () => {
    const [first, second, third] = [
      await arena().campaign(),
      await arena().campaign(),
      await arena().campaign(),
    ] as const;
    const term = await led(first);
    await until('the line', () => third.leadership.state().role === 'standby');
    const begun = arena().now();
    await first.leadership.close();
    expect((await led(second)).epoch).to.be.above(term.epoch);
    expect(arena().now() - begun).to.be.below(1_000);
    expect([confirms(first, term), termOf(third)]).to.deep.equal([false, undefined]);
    await second.leadership.close();
    await led(third);
  });

  it('hands it on when the leader is not heard of, which by then has stopped by itself', async () => {
    const { timeoutMs, slackMs } = arena();
    const first = await arena().campaign();
    const term = await led(first);
    const second = await arena().campaign();
    const begun = arena().now();
    first.cut();
    await until('the leader to stop', () => !confirms(first, term));
    expect(arena().now() - begun).to.be.below((timeoutMs * 2) / 3 + slackMs);
    expect(termOf(second), 'nobody leads yet').to.equal(undefined);
    await led(second);
    expect(arena().now() - begun).to.be.below(timeoutMs + 1_000);
    expect(confirms(first, term)).to.equal(false);
    first.heal();
    await until('the first to learn', () => first.leadership.state().role === 'standby');
    expect(confirms(second)).to.equal(true);
  });

  it('goes on under the same term when the leader was out of contact for less than its session', async () => {
    const { timeoutMs, slackMs } = arena();
    const first = await arena().campaign();
    const term = await led(first);
    const second = await arena().campaign();
    first.cut();
    await until('the leader to stop', () => !confirms(first, term));
    await arena().pass(slackMs);
    first.heal();
    await until('the leader to go on', () => confirms(first, term));
    await arena().pass(timeoutMs);
    expect([termOf(first), termOf(second), confirms(first, term)]).to.deep.equal([term, undefined, true]);
  });

  it('joins the end of the line when it comes back', async () => {
    const first = await arena().campaign();
    await led(first);
    const second = await arena().campaign();
    const third = await arena().campaign();
    first.cut();
    const term = await led(second);
    first.heal();
    await until('the first to stand by', () => first.leadership.state().role === 'standby');
    await arena().pass(300);
    await second.leadership.close();
    expect((await led(third)).epoch).to.be.above(term.epoch);
    expect(termOf(first)).to.equal(undefined);
  });

  it('refuses every write of a leader that was deposed and does not know it, and nothing changes', async () => {
    const leader = await arena().campaign();
    await led(leader);
    const { registry } = leader;
    const version = await registry.writeJob(jobRecord('a/kept', 1), undefined);
    await registry.createRun('kept-0a1b2c3d-1', directory);
    const before = await registry.observe(['kept-0a1b2c3d-1']);
    const errors = await arena().depose(leader, () => [
      registry.writeJob(jobRecord('a/kept', 2), version),
      registry.writeJob(jobRecord('a/new', 1), undefined),
      registry.removeJob('a/kept', version),
      registry.createRun('new-0a1b2c3d-1', directory),
      registry.createStart('kept-0a1b2c3d-1', { hostfile: '' }),
      registry.createStop('kept-0a1b2c3d-1'),
      registry.removeRun('kept-0a1b2c3d-1'),
    ]);
    expect(errors.map(error => error instanceof LeadershipLost)).to.deep.equal(errors.map(() => true));
    expect(errors).to.have.length(7);
    expect(await registry.observe(['kept-0a1b2c3d-1'])).to.deep.equal(before);
  });

  it('lets no standby write', async () => {
    await led(await arena().campaign());
    const { registry } = await arena().campaign();
    const error = await registry.writeJob(jobRecord('a/b'), undefined).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(LeadershipLost);
    const seen = await registry.observe([]);
    expect(seen.ok && [...seen.value.jobs.keys()]).to.deep.equal([]);
  });

  it('wakes who takes the lead', async () => {
    const first = await arena().campaign();
    await led(first);
    const second = await arena().campaign();
    let woken = 0;
    second.leadership.onChange(() => {
      woken += 1;
    });
    await first.leadership.close();
    await led(second);
    expect(woken).to.be.above(0);
  });
}
