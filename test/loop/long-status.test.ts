import { expect } from 'chai';
import type { JobRecord } from '../../controller/core/model/record.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** A job each of whose workers cannot be reached over SSH, in words of its own. */
async function unreachable(workers: number, errorOf: (index: number) => string): Promise<Scene> {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', { workers: { replicas: workers } }));
  for (let index = 0; index < workers; index += 1) world.agents.sshErrors.set(index, errorOf(index));
  await world.until('tried', () =>
    (world.find(KEY)?.status.waitingOn ?? []).some(({ reason }) => reason === 'SSHFailed'),
  );
  await world.rounds(3);
  return world;
}

const trimmed = ({ status }: JobRecord) => status.conditions.find(({ type }) => type === 'StatusTrimmed');

describe('a job of many workers of which each has something long to say', () => {
  it('has it in its record in a few texts', async () => {
    const world = await unreachable(64, index => `${index % 2 === 0 ? 'a' : 'b'}`.repeat(4_000));
    const record = world.job(KEY);
    expect(bytes(record)).to.be.below(100_000);
    expect(record.status.waitingOn.map(({ message }) => message.slice(0, 20))).to.have.length(2);
    expect(record.status.waitingOn[0]?.message).to.match(/^workers 0-62\/2: a+/);
    const said = record.status.workers.map(({ message }) => message?.slice(0, 20));
    expect(said.slice(2)).to.deep.equal(Array.from({ length: 62 }, (_, i) => `as worker ${i % 2}`));
  });

  it('has a status that goes on telling what is true', async () => {
    const world = await unreachable(64, index => `${index} ${'é'.repeat(4_000)}`);
    expect(world.news.filter(({ kind }) => kind === 'command-failed')).to.deep.equal([]);
    expect(bytes(world.job(KEY))).to.be.below(200_000);
    expect(world.job(KEY).status.waitingOn[0]?.message).to.match(/^worker 0: 0 é+/);
  });
});

describe('a record that is too long for a znode', () => {
  /** A job whose record is full of what an earlier version stored. */
  async function full(): Promise<Scene> {
    const world = await unreachable(8, () => 'refused');
    const record = world.job(KEY);
    const [worker] = record.status.workers;
    const message = 'x'.repeat(20_000);
    const event = { at: 0, type: 'Warning', reason: 'NodeUnreachable', count: 1, run: 1 } as const;
    const events = Array.from({ length: 49 }, (_, at) => ({ ...event, at, message: `${at} ${message}` }));
    const status = { ...record.status, events, workers: [{ ...worker, message }] };
    const version = world.stateStore.jobs.get(KEY)?.version ?? 0;
    world.stateStore.jobs.set(KEY, { text: JSON.stringify({ ...record, status }), version });
    return world;
  }

  it('is stored without what is missed least, and says so', async () => {
    const world = await full();
    world.manifests.put(
      'ring.yaml',
      manifest('ring', { workers: { replicas: 8 }, runPolicy: { suspend: true } }),
    );
    await world.rounds(3);
    const record = world.job(KEY);
    expect(bytes(record)).to.be.below(900_000);
    expect(record.status.suspended).to.equal(true);
    expect(trimmed(record)).to.include({ status: 'True', reason: 'StatusTrimmed' });
    expect(world.news.filter(({ kind }) => kind === 'command-failed')).to.deep.equal([]);
    const before = world.effects.log.length;
    await world.rounds(10);
    expect(world.effects.log).to.have.length(before);
  });
});
