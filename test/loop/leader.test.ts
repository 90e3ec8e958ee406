import { expect } from 'chai';
import type { Controller } from '../../controller/loop/controller.js';
import type { FakeLeadership } from '../fakes/election.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

/** Two controllers on one world; the second stands by. */
class Pair extends Scene {
  readonly second: FakeLeadership = this.election.campaign('second');
  readonly standby: Controller = this.startController(this.second);

  /** Rounds in which both tick, each as far as it may. */
  async both(what: string, condition: () => boolean): Promise<void> {
    for (let round = 0; round < 1_000; round += 1) {
      await this.controller.tick();
      await this.standby.tick();
      if (condition()) return;
      this.step();
    }
    throw new Error(`${what}: not within 1000 rounds`);
  }

  /** The leader is stopped for as long as it takes another to lead. */
  pause(): void {
    this.leadership.cut();
    this.runtime.advance(this.election.timeoutMs + 1);
  }
}

function pair(): Pair {
  const world = new Pair();
  world.manifests.put('ring.yaml', manifest('ring'));
  return world;
}

describe('of two controllers,', () => {
  it('the standby observes everything and writes nothing', async () => {
    const world = pair();
    await world.untilDone(KEY);
    world.manifests.put('pi.yaml', manifest('pi'));
    const before = [...world.effects.log];
    for (let tick = 0; tick < 20; tick += 1) {
      expect(await world.standby.tick()).to.deep.equal({ ok: true, changed: false, open: 0 });
      world.step();
    }
    expect(world.effects.log).to.deep.equal(before);
    expect(world.news.some(news => news.kind === 'leadership' && news.standing.role === 'standby')).to.equal(
      true,
    );
  });

  it('the standby removes package servers on its engine once no run waits for them', async () => {
    const world = pair();
    world.manifests.put('app.yaml', manifest('app', { package: 'hello.jar' }));
    const content = { sha256: 'a'.repeat(64), bytes: 1_000 };
    world.manifests.packages.set('hello.jar', { state: 'ready', content });
    await world.until('it is served', () => world.cluster.packages.some(({ serves }) => serves));
    const standBy = async (looks: number): Promise<void> => {
      for (let look = 0; look < looks; look += 1) {
        world.runtime.advance(6_000);
        await world.standby.tick();
      }
    };
    await standBy(10);
    expect(world.cluster.packages, 'while a run waits for it').to.have.length(1);
    await world.until(
      'it has started',
      () => world.find('default/app')?.status.runs[0]?.startedAt !== undefined,
    );
    const before = world.effects.log.length;
    await standBy(1);
    expect(world.cluster.packages, 'another run may need it').to.have.length(1);
    await standBy(3);
    expect(world.cluster.packages).to.deep.equal([]);
    expect(world.effects.log.slice(before)).to.deep.equal(['remove package']);
  });

  it('the second continues a running job when the first is gone, and mpirun is not started twice', async () => {
    const world = pair();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.leadership.cut();
    world.runtime.advance(world.election.timeoutMs);
    await world.standby.tick();
    expect(world.second.state().role).to.equal('leader');
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cancel: true } }));
    await world.both('the end', () => world.find(KEY)?.status.phase === 'done');
    expect(world.job(KEY).status).to.include({ outcome: 'Cancelled' });
    expect(world.agents.ledger).to.have.length(1);
  });

  it('the first executes no plan that it made before the second began to lead', async () => {
    const world = pair();
    const read = world.manifests.read.bind(world.manifests);
    world.manifests.read = () => {
      world.pause();
      return read();
    };
    expect(await world.controller.tick()).to.deep.equal({ ok: false, changed: false, open: 0 });
    expect(world.effects.log).to.deep.equal([]);
    expect(world.news.at(-1)?.kind).to.equal('deposed');
    expect(world.second.state().role).to.equal('leader');
  });

  it('the first changes nothing after its term, at whichever effect it is stopped, and the run ends the same', async () => {
    const clean = pair();
    let effects = 0;
    countConfirmations(clean, () => {
      effects += 1;
    });
    await clean.untilDone(KEY);
    expect(effects).to.be.above(15);
    for (let at = 1; at <= effects; at += 1) {
      const world = pair();
      let count = 0;
      let stoppedAt: readonly string[] | undefined;
      countConfirmations(world, () => {
        count += 1;
        if (count !== at) return;
        world.pause();
        stoppedAt = [...world.effects.log];
      });
      await world.until('the stop', () => stoppedAt !== undefined);
      expect(world.effects.log, `effect ${at}`).to.deep.equal(stoppedAt);
      await world.both('the end', () => world.find(KEY)?.status.phase === 'done');
      world.leadership.heal();
      await world.rounds(3);
      expect(world.leadership.state().role, `effect ${at}`).to.equal('standby');
      expect(world.job(KEY).status, `effect ${at}`).to.include({ outcome: 'Succeeded', exitCode: 0 });
      expect(world.agents.ledger, `effect ${at}`).to.have.length(1);
      expect(world.job(KEY).status.runs, `effect ${at}`).to.have.length(1);
    }
  });

  it('the first goes on as before when contact comes back in time', async () => {
    const world = pair();
    await world.until('some effects', () => world.effects.log.length > 5);
    world.leadership.cut();
    world.runtime.advance(world.election.timeoutMs - 1_000);
    const before = [...world.effects.log];
    await world.controller.tick();
    expect(world.effects.log).to.deep.equal(before);
    world.leadership.heal();
    await world.both('the end', () => world.find(KEY)?.status.phase === 'done');
    expect(world.leadership.state().role).to.equal('leader');
    expect(world.agents.ledger).to.have.length(1);
  });

  it('the first goes on whatever time the clock is set to', async () => {
    const world = pair();
    for (const ms of [3_600_000, -7_200_000, 3_600_000]) {
      await world.tick();
      const before = world.effects.log.length;
      world.runtime.jump(ms);
      await world.until('another effect', () => world.effects.log.length > before, 20);
    }
    await world.both('the end', () => world.find(KEY)?.status.phase === 'done');
    expect(world.leadership.state().role).to.equal('leader');
    expect(world.agents.ledger).to.have.length(1);
  });

  it('the second removes a job only after it has itself seen that the manifest is gone', async () => {
    const world = pair();
    await world.untilDone(KEY);
    world.manifests.put('pi.yaml', manifest('pi'));
    await world.untilDone('default/pi');
    world.manifests.remove('ring.yaml');
    await world.standby.tick();
    world.pause();
    await world.standby.tick();
    expect(world.second.state().role).to.equal('leader');
    expect(world.stateStore.jobs.has(KEY), 'one look under this term').to.equal(true);
    await world.both('removed', () => !world.stateStore.jobs.has(KEY));
  });
});

/** Calls back right before each effect of the first controller is confirmed. */
function countConfirmations(world: Pair, before: () => void): void {
  const { leadership } = world;
  const confirm = leadership.confirm.bind(leadership);
  let inside = false;
  leadership.confirm = term => {
    // The state store confirms once more what the loop has confirmed
    if (term && !inside) {
      inside = true;
      before();
      inside = false;
    }
    confirm(term);
  };
}
