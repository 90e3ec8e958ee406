import { expect } from 'chai';
import { parseJobRecord } from '../../../controller/adapters/zookeeper/znodes/records.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { brief, inFull, type StoredRecord } from '../../../controller/core/status/brief.js';
import { groupedManifest, manifest, Scene } from '../../loop/scene.js';

const KEY = 'default/ring';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const reread = (record: StoredRecord) => inFull(JSON.parse(JSON.stringify(record)) as StoredRecord);
const fromZnode = (record: StoredRecord) => parseJobRecord(Buffer.from(JSON.stringify(record)));

async function ended(text: string, prepare: (world: Scene) => void = () => undefined): Promise<JobRecord> {
  const world = new Scene();
  prepare(world);
  world.manifests.put('ring.yaml', text);
  await world.untilDone(KEY);
  await world.rounds(5);
  return world.job(KEY);
}

describe('the record of a job that has ended', () => {
  it('is stored in less than 2 kB for an ordinary job, and read back in full', async () => {
    const record = await ended(manifest('ring'));
    expect(bytes(record)).to.be.above(3_500);
    expect(bytes(brief(record))).to.be.below(2_000);
    expect(reread(brief(record))).to.deep.equal(record);
    expect(fromZnode(brief(record))).to.deep.equal(record);
  });

  it('is read back in full whatever its end was', async () => {
    const retried = manifest('ring', { runPolicy: { backoffLimit: 1 } });
    const groups = [
      { name: 'gpu', replicas: 1 },
      { name: 'cpu', replicas: 3 },
    ];
    const records = [
      await ended(retried, world => world.agents.programs.set(KEY, { exitCode: 3 })),
      await ended(manifest('ring', { runPolicy: { cancel: true } })),
      await ended(groupedManifest('ring', groups)),
      await ended(manifest('ring', { workers: { replicas: 5, slots: 2 }, launcher: { mode: 'Worker0' } })),
    ];
    for (const record of records) expect(reread(brief(record))).to.deep.equal(record);
    expect(records.map(({ status }) => status.outcome)).to.deep.equal([
      ...['Failed', 'Cancelled', 'Succeeded', 'Succeeded'],
    ]);
  });

  it('is stored as it is where it is unlike others, or has not ended', async () => {
    const record = await ended(manifest('ring'));
    const [first, ...conditions] = record.status.conditions;
    const odd = {
      ...record,
      status: { ...record.status, conditions: [...conditions, ...(first ? [first] : [])] },
    };
    expect(brief(odd)).to.equal(odd);
    const open = { ...record, status: { ...record.status, phase: 'running' as const } };
    expect(brief(open)).to.equal(open);
  });

  it('has the same main parts in its stored form, for a version that does not know the form', async () => {
    const record = await ended(manifest('ring'));
    const { brief: _, ...old } = brief(record);
    expect(old).to.deep.include({ key: KEY, uid: record.uid, generation: 1, runHash: record.runHash });
    expect(old.status.runs).to.deep.equal(record.status.runs);
    expect(old.status).to.include({ phase: 'done', outcome: 'Succeeded', exitCode: 0 });
  });
});
