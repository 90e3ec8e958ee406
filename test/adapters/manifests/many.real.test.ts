import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { manifest } from '../../api/manifest.js';
import { Watched } from './support/watched.js';

const MANY = 5_000;

describe(`${MANY} manifests that change at once`, function () {
  this.timeout(120_000);
  let watched: Watched;

  beforeEach(async () => {
    watched = await new Watched().settled();
  });

  afterEach(() => watched.close());

  const name = (i: number): string => `team-${i % 50}/job-${i}.yaml`;

  /** Synchronously: the event loop is busy for as long as it takes, as when the controller is held up. */
  function change(replicas: number, root = watched.root): void {
    for (let i = 0; i < MANY; i += 1)
      writeFileSync(
        join(root, name(i)),
        manifest(`job-${i}`).replace('replicas: 2', `replicas: ${replicas}`),
      );
  }

  function folders(root: string): void {
    for (let i = 0; i < 50; i += 1) mkdirSync(join(root, `team-${i}`), { recursive: true });
  }

  /** The stall is told because it is a risk for the session with ZooKeeper, which is refreshed every third of ten seconds. */
  async function timed(what: string, act: () => void, replicas: number | undefined): Promise<void> {
    act();
    const delay = monitorEventLoopDelay({ resolution: 10 });
    const started = performance.now();
    delay.enable();
    await watched.until(
      what,
      ({ jobs }) =>
        jobs.length === (replicas === undefined ? 0 : MANY) &&
        jobs.every(job => job.manifest.spec.workers.replicas === replicas),
      60_000,
    );
    delay.disable();
    const stall = Math.round(delay.max / 1e6);
    console.log(`      ${what}: ${Math.round(performance.now() - started)} ms, longest stall ${stall} ms`);
  }

  it('are all seen, and none is lost, however they change', async () => {
    const draft = join(watched.base, 'draft');
    folders(draft);
    change(2, draft);
    await timed('moved in at one stroke', () => renameSync(draft, join(watched.root, 'all')), 2);
    rmSync(join(watched.root, 'all'), { recursive: true });
    await watched.until('removed', set => set.jobs.length === 0, 60_000);

    folders(watched.root);
    await timed('written in place', () => change(3), 3);
    await timed('edited in place', () => change(4), 4);
    // Two events a file and time: more than the kernel's queue holds, which drops the rest and says nothing
    await timed('edited five times over', () => [5, 6, 7, 8, 9].forEach(count => void change(count)), 9);
    await timed('removed', () => rmSync(watched.root, { recursive: true }), undefined);
  });
});
