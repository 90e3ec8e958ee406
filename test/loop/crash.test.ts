import { expect } from 'chai';
import type { FaultKind } from '../fakes/effects.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
const OUTPUT = 'Process 0 exiting\n';

function scene(): Scene {
  const fresh = new Scene();
  fresh.agents.programs.set(KEY, { stdout: OUTPUT });
  fresh.manifests.put('ring.yaml', manifest('ring'));
  return fresh;
}

/** The happy path to its end, its removal included, with one fault on the way. */
async function play(at: number, kind: FaultKind): Promise<Scene> {
  const world = scene();
  world.effects.inject(at, kind);
  await world.untilDone(KEY);
  return world;
}

async function effectsOf(whole: (world: Scene) => Promise<void>): Promise<number> {
  const world = scene();
  await whole(world);
  return world.effects.log.length;
}

async function remove(world: Scene): Promise<void> {
  world.manifests.remove('ring.yaml');
  await world.until('removed', () => world.stateStore.jobs.size === 0);
}

const KINDS: Readonly<Record<FaultKind, string>> = {
  'crash-before': 'the controller dies right before',
  'crash-after': 'the controller dies right after',
  refused: 'there is no connection for',
  'reply-lost': 'the reply is lost of',
};

describe('a controller that dies or loses contact at any of its effects', () => {
  for (const [kind, words] of Object.entries(KINDS) as readonly (readonly [FaultKind, string])[]) {
    it(`leads to the same end of the job, with one mpirun, when ${words} the effect`, async () => {
      const count = await effectsOf(world => world.untilDone(KEY));
      const clean = scene();
      await clean.untilDone(KEY);
      expect(count).to.be.greaterThan(15);
      for (let at = 1; at <= count; at += 1) {
        const world = await play(at, kind);
        const { status, uid } = world.job(KEY);
        const where = `effect ${at}: ${world.effects.log[at - 1]}`;
        expect(status, where).to.include({ outcome: 'Succeeded', exitCode: 0, reason: 'Completed' });
        expect(world.agents.ledger, where).to.have.length(1);
        expect(status.runs, where).to.have.length(1);
        expect(world.outputs.text(status.runs[0]?.id ?? ''), where).to.equal(OUTPUT);
        const names = (one: Scene, id: string) => one.remains().map(name => name.replaceAll(id, 'UID'));
        expect(names(world, uid), where).to.deep.equal(names(clean, clean.job(KEY).uid));
        expect(world.crashes, where).to.equal(kind.startsWith('crash') ? 1 : 0);
        await world.rounds(2);
        const before = world.effects.log.length;
        await world.rounds(3);
        expect(world.effects.log.slice(before), where).to.deep.equal([]);
      }
    });

    it(`leaves nothing of a removed job, when ${words} the effect`, async () => {
      const clean = scene();
      await clean.untilDone(KEY);
      const first = clean.effects.log.length + 1;
      await remove(clean);
      expect(clean.effects.log.length).to.be.greaterThan(first);
      for (let at = first; at <= clean.effects.log.length; at += 1) {
        const world = await play(at, kind);
        await remove(world);
        const where = `effect ${at}: ${world.effects.log[at - 1]}`;
        expect(world.remains(), where).to.deep.equal([]);
        expect([...world.outputs.runs.keys()], where).to.deep.equal([]);
      }
    });
  }

  it('is followed by the same end when the next controller dies at its first effect too, and so on', async () => {
    const world = scene();
    for (let crash = 0; crash < 40 && world.find(KEY)?.status.phase !== 'done'; crash += 1) {
      world.effects.inject(world.effects.log.length + 1, 'crash-after');
      const before = world.crashes;
      await world.until(
        'a crash or the end',
        () => world.crashes > before || world.find(KEY)?.status.phase === 'done',
      );
    }
    await world.untilDone(KEY);
    expect(world.crashes).to.be.greaterThan(10);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(world.agents.ledger).to.have.length(1);
  });
});
