import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { ManifestSet } from '../../../controller/api/manifest/manifests.js';
import { manifest } from '../../api/manifest.js';
import { replicas, Watched } from './support/watched.js';

const KEY = 'default/ring';
const SIXTEEN = manifest('ring').replace('replicas: 2', 'replicas: 16');

describe('a manifest that is moved into the folder', function () {
  this.timeout(30_000);
  let watched: Watched;

  beforeEach(async () => {
    watched = await new Watched().settled();
  });

  afterEach(() => watched.close());

  it('counts at once: a few milliseconds pass between its renaming and the read that finds it', async () => {
    const times: number[] = [];
    for (let i = 0; i < 50; i += 1) {
      const draft = join(watched.base, 'draft');
      writeFileSync(draft, manifest(`job-${i}`));
      const started = performance.now();
      renameSync(draft, join(watched.root, `job-${i}.yaml`));
      await watched.until(`job ${i}`, set => set.jobs.length > i);
      times.push(performance.now() - started);
      await sleep(20);
    }
    times.sort((a, b) => a - b);
    const [median = 0, most = 0] = [times[25], times[49]];
    console.log(`      from rename to look: median ${median.toFixed(1)} ms, most ${most.toFixed(1)} ms`);
    expect(median, 'it is not waited for').to.be.below(150);
  });

  it('counts as soon as it is there when its time stamp is far in the past or in the future', async () => {
    for (const [name, year] of [
      ['old', 1980],
      ['new', 2100],
    ] as const) {
      const draft = join(watched.base, 'draft');
      writeFileSync(draft, manifest(name));
      utimesSync(draft, new Date(Date.UTC(year, 0)), new Date(Date.UTC(year, 0)));
      const isThere = (set: ManifestSet | undefined) => set?.jobs.some(job => job.key === `default/${name}`);
      const looks = watched.sets.length;
      renameSync(draft, join(watched.root, `${name}.yaml`));
      await watched.until(name, set => isThere(set) === true);
      expect(isThere(watched.sets[looks]), 'at the first look').to.equal(true);
    }
  });
});

describe('a manifest that is replaced by a renamed one', function () {
  this.timeout(30_000);

  it('twice within a moment is one edit: what runs is not stopped for the first', async () => {
    const watched = await new Watched().settled();
    const file = join(watched.root, 'ring.yaml');
    writeFileSync(file, SIXTEEN);
    await watched.until('16', set => replicas(set, KEY) === 16);
    for (const count of [17, 18]) {
      const draft = join(watched.base, 'draft');
      writeFileSync(draft, SIXTEEN.replace('replicas: 16', `replicas: ${count}`));
      renameSync(draft, file);
      await sleep(50);
    }
    await watched.until('18', set => replicas(set, KEY) === 18);
    expect(watched.seen(KEY, job => job.manifest.spec.workers.replicas)).to.deep.equal([undefined, 16, 18]);
    await watched.close();
  });
});

describe('a manifest that is written in place', function () {
  this.timeout(30_000);
  let watched: Watched;
  let file: string;

  beforeEach(async () => {
    watched = new Watched();
    file = join(watched.root, 'ring.yaml');
    await watched.settled();
  });

  afterEach(() => watched.close());

  /** Writes the text bit by bit into the file as it is. */
  async function writeSlowly(text: string, cuts: readonly number[], pauseMs: number): Promise<void> {
    const handle = openSync(file, 'w');
    for (const [i, from] of [0, ...cuts].entries()) {
      writeSync(handle, text.slice(from, cuts[i] ?? text.length));
      await sleep(pauseMs);
    }
    closeSync(handle);
  }

  it('counts when it has been the same for a moment', async () => {
    writeFileSync(file, SIXTEEN);
    const started = performance.now();
    await watched.until('it counts', set => replicas(set, KEY) === 16);
    expect(performance.now() - started).to.be.within(140, 2_000);
  });

  it('never counts as what its first lines say, also when these are a valid manifest', async () => {
    const one = SIXTEEN.indexOf('16') + 1;
    const text = `${SIXTEEN.slice(0, one)}\n`;
    const whole = `${SIXTEEN}  args: [--all]\n`;
    expect(text).to.contain('replicas: 1\n');
    await writeSlowly(whole, [one - 1, one, one + 1, SIXTEEN.length], 80);
    await watched.until('it counts', set => replicas(set, KEY) === 16);
    expect(watched.seen(KEY, job => job.manifest.spec.args.join())).to.deep.equal([undefined, '--all']);
    expect(watched.sets.flatMap(set => set.problems)).to.deep.equal([]);
  });

  it('keeps its job as it was while it is rewritten, at whatever byte the writer pauses', async () => {
    const head = SIXTEEN.replace(/command:.*\n/, '').replace('spec:\n', 'spec:\n  command: ["true"]\n');
    writeFileSync(file, head);
    await watched.until('16', set => replicas(set, KEY) === 16);
    const next = head.replace('replicas: 16', 'replicas: 32');
    const cut = next.indexOf('32') + 1;
    expect(next.slice(0, cut)).to.match(/replicas: 3$/);
    await writeSlowly(next, [20, 60, cut], 90);
    await watched.until('32', set => replicas(set, KEY) === 32);
    expect(watched.seen(KEY, job => job.manifest.spec.workers.replicas)).to.deep.equal([undefined, 16, 32]);
    expect(watched.sets.flatMap(set => [...set.problems, ...set.unreadableFiles])).to.deep.equal([]);
  });

  it('loses none of its jobs while it is rewritten', async () => {
    const text = `${manifest('ring')}---\n${manifest('pi')}`;
    writeFileSync(file, text);
    await watched.until('both', set => set.jobs.length === 2);
    const from = watched.sets.length;
    await writeSlowly(text.replaceAll('replicas: 2', 'replicas: 3'), [manifest('ring').length], 400);
    await watched.until('both changed', set =>
      set.jobs.every(job => job.manifest.spec.workers.replicas === 3),
    );
    expect(watched.sets.slice(from).map(set => set.jobs.length)).to.satisfy((counts: readonly number[]) =>
      counts.every(count => count === 2),
    );
  });

  it('is broken when it has been so for a second, and not before', async () => {
    writeFileSync(file, SIXTEEN);
    await watched.until('16', set => replicas(set, KEY) === 16);
    writeFileSync(file, SIXTEEN.replace('spec:', 'spec: ['));
    const started = performance.now();
    const set = await watched.until('told', ({ problems }) => problems.length > 0);
    expect(performance.now() - started).to.be.within(990, 3_000);
    expect(new Set(set.problems.map(problem => `${problem.file} ${problem.job}`))).to.deep.equal(
      new Set([`ring.yaml ${KEY}`]),
    );
  });

  it('is seen to be changed when neither its size nor its time of change is another', async () => {
    const noon = new Date(Date.UTC(2026, 0, 1, 12));
    writeFileSync(file, SIXTEEN);
    utimesSync(file, noon, noon);
    await watched.until('16', set => replicas(set, KEY) === 16);
    const { size } = statSync(file);
    writeFileSync(file, SIXTEEN.replace('replicas: 16', 'replicas: 17'));
    utimesSync(file, noon, noon);
    expect([statSync(file).size, statSync(file).mtimeMs]).to.deep.equal([size, noon.getTime()]);
    await watched.until('17', set => replicas(set, KEY) === 17);
  });

  it('counts although its time stamp stays in the past or the future while it is written', async () => {
    for (const [count, year] of [
      [21, 1980],
      [22, 2100],
    ] as const) {
      await writeSlowly(SIXTEEN.replace('replicas: 16', `replicas: ${count}`), [30, 70], 20);
      utimesSync(file, new Date(Date.UTC(year, 0)), new Date(Date.UTC(year, 0)));
      await watched.until(String(count), set => replicas(set, KEY) === count);
    }
    expect(watched.sets.flatMap(set => set.problems)).to.deep.equal([]);
  });

  it('changes nothing, and at once, when only a comment was added', async () => {
    writeFileSync(file, SIXTEEN);
    await watched.until('16', set => replicas(set, KEY) === 16);
    appendFileSync(file, '# nothing new\n');
    await watched.until('read', set => set.unsettledFiles.length === 0 && set.jobs.length === 1);
    expect(readFileSync(file, 'utf8')).to.contain('nothing new');
    expect(watched.seen(KEY, job => job.manifest.spec.workers.replicas)).to.deep.equal([undefined, 16]);
  });
});
