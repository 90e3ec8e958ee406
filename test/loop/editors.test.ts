import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { ManifestFolder } from '../../controller/adapters/manifests/folder.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

/** In lines, so that the beginning of it may be a manifest too. */
function lines(spec: Parameters<typeof manifest>[1] = {}): string {
  return stringify(parse(manifest('ring', spec)));
}

/** A pause between two calls, so that the controller looks in between. */
const gap = (): Promise<void> => sleep(25);

/** What each editor calls to save a file that is there: found by tracing them. */
const EDITORS: Readonly<Record<string, (path: string, text: string) => Promise<void>>> = {
  // backupcopy=auto, on a file of one's own: a probe, the old file moved aside, a new one written, the old one removed
  vim: async (path, text) => {
    const probe = join(path, '..', '4913');
    closeSync(openSync(probe, 'wx'));
    unlinkSync(probe);
    renameSync(path, `${path}~`);
    await gap();
    await inPlace('w', path, text);
    unlinkSync(`${path}~`);
  },
  // A lock beside the file, a backup by renaming, then a new file
  emacs: async (path, text) => {
    const lock = path.replace('ring.yaml', '.#ring.yaml');
    symlinkSync('me@here.4711:1', lock);
    renameSync(path, `${path}~`);
    await gap();
    await inPlace('w', path, text);
    unlinkSync(lock);
    unlinkSync(`${path}~`);
  },
  'VS Code': (path, text) => inPlace('w', path, text),
  nano: async (path, text) => {
    copyFileSync(path, `${path}~`);
    await inPlace('w', path, text);
    unlinkSync(`${path}~`);
  },
  // QSaveFile: a temporary file beside it, then its name
  kate: (path, text) => byRename(path, `${path}.tKq1Wz`, text),
  gedit: (path, text) => byRename(path, path.replace('ring.yaml', '.goutputstream-A1B2C3'), text),
  'sed -i': (path, text) => byRename(path, path.replace('ring.yaml', 'sedQ0xYz1'), text),
};

/** A buffer of the size of a page at most, so small that the controller sees the file in pieces. */
async function inPlace(flags: string, path: string, text: string): Promise<void> {
  const handle = openSync(path, flags);
  await gap();
  for (let from = 0; from < text.length; from += 60) {
    writeSync(handle, text.slice(from, from + 60));
    await gap();
  }
  fsyncSync(handle);
  closeSync(handle);
}

async function byRename(path: string, draft: string, text: string): Promise<void> {
  await inPlace('wx', draft, text);
  renameSync(draft, path);
}

describe('a job whose manifest is saved by an editor', function () {
  this.timeout(30_000);
  let root: string;
  let path: string;
  let world: Scene;
  let folder: ManifestFolder;

  beforeEach(async () => {
    root = join(mkdtempSync(join(tmpdir(), 'mpiswarm-editors-')), 'manifests');
    path = join(root, 'ring.yaml');
    mkdirSync(root);
    writeFileSync(path, lines());
    writeFileSync(join(root, 'other.yaml'), manifest('other', { runPolicy: { suspend: true } }));
    folder = new ManifestFolder(root);
    folder.onChange(() => undefined);
    world = new Scene();
    world.agents.programs.set(KEY, { endless: true });
    world.manifests.read = () => folder.read();
    await real('running', () => world.find(KEY)?.status.phase === 'running');
  });

  afterEach(async () => {
    await folder.close();
    rmSync(join(root, '..'), { recursive: true });
  });

  /** Ticks and steps in real time until the condition holds. */
  async function real(what: string, condition: () => boolean, ms = 10_000): Promise<void> {
    const deadline = performance.now() + ms;
    for (let last = performance.now(); !condition(); ) {
      if (performance.now() > deadline)
        throw new Error(`${what}: ${JSON.stringify(world.find(KEY)?.status)}`);
      await world.tick();
      await sleep(5);
      const now = performance.now();
      world.step(now - last);
      last = now;
    }
  }

  async function during(saving: Promise<void>): Promise<void> {
    let saved = false;
    const done = saving.then(() => {
      saved = true;
    });
    await real('saved', () => saved);
    await done;
  }

  for (const [editor, save] of Object.entries(EDITORS)) {
    it(`${editor}, unchanged or with a comment, goes on; with another spec it is one edit`, async () => {
      await during(save(path, lines()));
      await during(save(path, `# saved again\n${lines()}`));
      await real('a while', passed(400));
      expect(world.job(KEY)).to.include({ generation: 1, source: 'ring.yaml:2' });
      expect(world.agents.ledger).to.have.length(1);

      await during(save(path, lines({ workers: { replicas: 3 } })));
      await real('edited', () => world.job(KEY).manifest.spec.workers.replicas === 3);
      await real('a while', passed(400));
      const { generation, status } = world.job(KEY);
      expect(generation).to.equal(2);
      expect(status.runs.map(run => run.generation).at(-1)).to.equal(2);
      const warned = status.events.filter(event => event.type === 'Warning').map(event => event.reason);
      expect(warned).to.not.include.members(['Invalid']);
      expect(world.news.filter(news => news.kind === 'job-removed')).to.deep.equal([]);
    });
  }
});

function passed(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() > end;
}
