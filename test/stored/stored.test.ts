/**
 * What older versions stored: each folder beside this file is a version, each file in it the record of a job in the middle of a story,
 * or what is in the znodes of a run. This version has to read it and to carry the job on.
 *
 * `STORE_AS=0.2.0` in the environment stores what the code of today writes as another folder; what is there never changes.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { parseJobRecord } from '../../controller/adapters/zookeeper/znodes/records.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import type { Scene } from '../loop/scene.js';
import { KEY, STORIES, tell } from './stories.js';

const VERSIONS = ['0.1.0'];
/** A minute: longer than anything that a story waits for. */
const ROUNDS = 600;
/** The one of today may come to the same place some ticks earlier or later. */
const ABOUT_MS = 1_000;

const folderOf = (version: string) => new URL(`${version}/jobs/`, import.meta.url);

async function stored(version: string, story: string): Promise<JobRecord> {
  const record = parseJobRecord(await readFile(new URL(`${story}.json`, folderOf(version))));
  if (!record) throw new Error(`${version}: the record of ${story} is not read`);
  return record;
}

function replaceRecord({ stateStore }: Scene, record: JobRecord): void {
  const known = stateStore.jobs.get(record.key);
  if (!known) throw new Error(`there is no record of ${record.key}`);
  stateStore.jobs.set(record.key, { ...known, text: JSON.stringify(record) });
}

const runsOf = ({ generation, status }: JobRecord) => ({
  generation,
  runs: status.runs.map(run => [run.number, run.id, run.generation]),
});

const endOf = ({ status }: JobRecord) => ({
  ...{ phase: status.phase, outcome: status.outcome, reason: status.reason, exitCode: status.exitCode },
  runs: status.runs.map(({ id, outcome, reason, failures }) => ({ id, outcome, reason, failures })),
});

const timesOf = ({ status }: JobRecord): readonly number[] =>
  status.runs.flatMap(run => [run.createdAt, run.startedAt ?? 0, run.endedAt ?? 0]);

describe('a job record as it was stored', () => {
  before(async () => {
    const version = process.env['STORE_AS'];
    if (version === undefined) return;
    await mkdir(folderOf(version), { recursive: true });
    for (const [name, story] of Object.entries(STORIES)) {
      const record = (await tell(story)).job(KEY);
      await writeFile(new URL(`${name}.json`, folderOf(version)), `${JSON.stringify(record, null, 2)}\n`);
    }
  });

  for (const version of VERSIONS) {
    for (const [name, story] of Object.entries(STORIES)) {
      it(`by version ${version}, of a job that ${story.about}, is read and makes no other run`, async () => {
        const scene = await tell(story);
        const record = await stored(version, name);
        expect(runsOf(scene.job(KEY)), 'the story has changed').to.deep.equal(runsOf(record));
        replaceRecord(scene, record);
        scene.restart();
        await scene.tick();
        expect(runsOf(scene.job(KEY))).to.deep.equal(runsOf(record));
        expect(scene.job(KEY)).to.include({ uid: record.uid, createdAt: record.createdAt });
      });

      it(`by version ${version}, of a job that ${story.about}, comes to the end that it would have had`, async () => {
        const [today, then] = [await tell(story), await tell(story)];
        replaceRecord(then, await stored(version, name));
        for (const scene of [today, then]) {
          scene.restart();
          await scene.rounds(ROUNDS);
        }
        expect(endOf(then.job(KEY))).to.deep.equal(endOf(today.job(KEY)));
        expect(then.agents.ledger).to.deep.equal(today.agents.ledger);
        const times = timesOf(today.job(KEY));
        for (const [at, time] of timesOf(then.job(KEY)).entries()) {
          expect(time).to.be.closeTo(times[at] ?? 0, ABOUT_MS);
        }
      });
    }

    it(`by version ${version} is there for every story`, async () => {
      const names = Object.keys(STORIES).map(name => `${name}.json`);
      expect((await readdir(folderOf(version))).sort()).to.deep.equal(names.sort());
    });
  }
});
