import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { DockerImages } from '../../../controller/adapters/images/images.js';
import type { ImageWant } from '../../../controller/ports/images.js';
import { authOf, type ConfigFolder, makeConfigFolder } from './config-folder.js';
import { type FakeEngine, startFakeEngine } from './fake-engine.js';
import { errorOf, outcomeOf, pinnedOf } from './outcome.js';

const ID = `sha256:${'1'.repeat(64)}`;
const DIGEST = `sha256:${'d'.repeat(64)}`;
const REF = 'registry:5000/app:1';
const PRESENT = { Id: ID, RepoDigests: [`registry:5000/app@${DIGEST}`] };
const PATIENCE = { timeoutMs: 10_000, stallMs: 10_000 };

describe('images on an engine', () => {
  let now: number;
  let folder: ConfigFolder;
  let engine: FakeEngine;
  let images: DockerImages;
  const all: DockerImages[] = [];

  beforeEach(async () => {
    now = 1_000_000;
    folder = await makeConfigFolder();
    engine = await startFakeEngine();
    images = imagesWith(PATIENCE);
  });
  afterEach(async () => {
    for (const one of all.splice(0)) await one.close();
    await engine.close();
    await folder.remove();
  });

  it('are unknown until they are requested', () => {
    expect(images.state(want())).to.deep.equal({ state: 'unknown' });
  });

  it('resolve at once to the digest of the named repository, and wake the listener', async () => {
    const other = `elsewhere/app@${DIGEST}`;
    engine.images.set(REF, { Id: ID, RepoDigests: [other, ...PRESENT.RepoDigests] });
    let wakes = 0;
    images.onChange(() => wakes++);
    expect(await pinnedOf(images, want())).to.equal(`registry:5000/app@${DIGEST}`);
    expect(wakes).to.equal(1);
    expect(engine.requests).to.have.length(1);
  });

  const names: Readonly<Record<string, string>> = {
    'docker.io/library/app:1': 'app',
    'library/app': 'app',
    'index.docker.io/team/app:1': 'team/app',
  };
  for (const [ref, name] of Object.entries(names)) {
    it(`know the digest of ${ref} under the engine's name ${name}`, async () => {
      engine.images.set(ref, { Id: ID, RepoDigests: [`${name}@${DIGEST}`] });
      expect(await pinnedOf(images, want({ ref }))).to.equal(`${name}@${DIGEST}`);
    });
  }

  it('keep the digest that was asked for, whatever others the same image has', async () => {
    const ref = `app:1@${DIGEST}`;
    engine.images.set(ref, { Id: ID, RepoDigests: [`app@sha256:${'0'.repeat(64)}`, `app@${DIGEST}`] });
    expect(await pinnedOf(images, want({ ref }))).to.equal(`app@${DIGEST}`);
  });

  it('resolve to the id where only another repository gave a digest, and where the id was asked for', async () => {
    engine.images.set('mine:1', { Id: ID, RepoDigests: [`other@${DIGEST}`] });
    engine.images.set(ID, PRESENT);
    expect(await pinnedOf(images, want({ ref: 'mine:1' }))).to.equal(ID);
    expect(await pinnedOf(images, want({ ref: ID }))).to.equal(ID);
  });

  it('are looked up again by each run, so that a rebuilt tag is seen', async () => {
    engine.images.set('mine:1', { Id: ID, RepoDigests: [] });
    expect(await pinnedOf(images, want({ ref: 'mine:1' }))).to.equal(ID);
    const rebuilt = `sha256:${'2'.repeat(64)}`;
    engine.images.set('mine:1', { Id: rebuilt, RepoDigests: [] });
    expect(await pinnedOf(images, want({ ref: 'mine:1' }))).to.equal(ID);
    expect(await pinnedOf(images, want({ ref: 'mine:1', run: 'second' }))).to.equal(rebuilt);
  });

  it('that are still missing for the same reason wake the listener only once', async () => {
    let wakes = 0;
    images.onChange(() => wakes++);
    for (let tries = 1; tries <= 3; tries++) await errorOf(images, want({ policy: 'Never' }));
    expect(wakes).to.equal(1);
    engine.images.set(REF, PRESENT);
    await pinnedOf(images, want({ policy: 'Never' }));
    expect(wakes).to.equal(2);
  });

  it('that are missing are asked for again later and later, up to five minutes', async () => {
    const pauses: number[] = [];
    for (let tries = 1; tries <= 9; tries++) {
      const state = await outcomeOf(images, want({ policy: 'Never' }));
      if (state.state !== 'unavailable') throw new Error(state.state);
      expect(state.tries).to.equal(tries);
      expect(state.error).to.equal('not on this engine, and spec.imagePullPolicy is Never');
      pauses.push(state.retryAt - now);
      now = state.retryAt;
    }
    expect(pauses).to.deep.equal([5, 10, 20, 40, 80, 160, 300, 300, 300].map(seconds => seconds * 1_000));
    engine.images.set(REF, PRESENT);
    expect((await outcomeOf(images, want({ policy: 'Never' }))).state).to.equal('resolved');
  });

  it('that are missing keep the last message while the next lookup is under way', async () => {
    const { error } = (await outcomeOf(images, want({ policy: 'Never' }))) as { readonly error: string };
    images.resolve(want({ policy: 'Never' }));
    expect(images.state(want({ policy: 'Never' }))).to.include({ state: 'resolving', error });
  });

  it('are pulled by tag or digest, the newest where there is neither, never all of a repository', async () => {
    engine.onPull(response => response.writeHead(404).end(JSON.stringify({ message: 'no' })));
    for (const ref of ['app', 'registry:5000/app', 'app:2', `app:2@${DIGEST}`])
      await errorOf(images, want({ ref }));
    const asked = engine.requests.filter(({ call }) => call.startsWith('POST'));
    expect(asked.map(({ query }) => query)).to.deep.equal([
      { fromImage: 'app', tag: 'latest' },
      { fromImage: 'registry:5000/app', tag: 'latest' },
      { fromImage: 'app', tag: '2' },
      { fromImage: 'app', tag: DIGEST },
    ]);
  });

  it('are pulled with credentials in the header alone, where no log of addresses shows them', async () => {
    await folder.config({ auths: { 'registry:5000': authOf('anna', 's3cret') } });
    await errorOf(images, want());
    const asked = engine.requests.find(({ call }) => call.startsWith('POST'));
    const header = Buffer.from(String(asked?.headers['x-registry-auth']), 'base64').toString();
    expect(JSON.parse(header)).to.deep.equal({
      username: 'anna',
      password: 's3cret',
      serveraddress: 'registry:5000',
    });
    expect(`${JSON.stringify(asked?.query)} ${asked?.body}`).not.to.contain('anna');
  });

  it('are unavailable for a broken configuration, in its words, and asked of no registry', async () => {
    await folder.config('{');
    expect(await errorOf(images, want())).to.match(/^docker configuration .*config\.json: not JSON/);
    expect(engine.requests.map(({ call }) => call)).not.to.include('POST /v1.41/images/create');
  });

  it('say what the engine does while they are pulled', async () => {
    engine.onPull(response => {
      response.write('{"status":"Downloading","progress":"[=> ] 1MB/9MB","id":"abc"}\r\n');
    });
    images.resolve(want());
    await until(() => JSON.stringify(images.state(want())).includes('abc'));
    expect(images.state(want())).to.deep.equal({
      state: 'resolving',
      since: now,
      progress: 'abc Downloading [=> ] 1MB/9MB',
    });
  });

  it('are unavailable when the engine reports a failure after it began, even where an older one is there', async () => {
    engine.images.set(REF, PRESENT);
    engine.onPull(response => {
      response.write('{"status":"Pulling from app","id":"1"}\r\n');
      response.end('{"errorDetail":{"message":"unknown blob"},"error":"unknown blob"}\r\n');
    });
    expect(await errorOf(images, want({ policy: 'Always' }))).to.equal('unknown blob');
  });

  it('are unavailable when the engine ends in mid-pull or talks nonsense', async () => {
    engine.onPull(response => {
      response.write('{"status":"Downloading"}\n', () => response.destroy());
    });
    expect(await errorOf(images, want())).to.equal('pull was cut off by the engine, last was: Downloading');
    engine.onPull(response => response.end('{"status":"Downl'));
    expect(await errorOf(images, want({ run: 'second' }))).to.match(/JSON/);
    engine.onPull(response => response.end('garbage\n'));
    expect(await errorOf(images, want({ run: 'third' }))).to.match(/JSON/);
  });

  it('may take longer than other calls of the engine may, as long as there is progress', async () => {
    engine.onPull(async response => {
      await sleep(600);
      response.write('{"status":"Extracting"}\r\n');
      await sleep(600);
      engine.images.set(REF, PRESENT);
      response.end();
    });
    const slow = imagesWith({ timeoutMs: 300, stallMs: 1_100 });
    expect(await pinnedOf(slow, want())).to.equal(PRESENT.RepoDigests[0]);
  });

  it('are unavailable when a pull shows no progress, and the pull is cancelled', async () => {
    const hasty = imagesWith({ ...PATIENCE, stallMs: 300 });
    engine.onPull(response => void response.write('{"status":"Waiting","id":"abc"}\r\n'));
    expect(await errorOf(hasty, want())).to.equal('pull showed no progress for 0.3 s, last was: abc Waiting');
    await until(() => engine.open() === 0);
    engine.onPull(() => undefined);
    expect(await errorOf(hasty, want({ run: 'second' }))).to.equal(
      'pull showed no progress for 0.3 s, last was: nothing',
    );
    await until(() => engine.open() === 0);
  });

  it('are dropped when the controller ends, and wake nothing', async () => {
    let wakes = 0;
    images.onChange(() => wakes++);
    engine.onPull(response => void response.write('{"status":"Waiting"}\r\n'));
    images.resolve(want());
    await until(() => engine.open() === 1 && engine.requests.length === 2);
    await images.close();
    await until(() => engine.open() === 0);
    expect(wakes).to.equal(0);
  });

  it('are forgotten in the end, so that memory does not grow with the number of runs', async () => {
    engine.images.set(REF, PRESENT);
    for (let i = 0; i <= 1_000; i += 50) {
      const runs = Array.from({ length: 50 }, (_, more) => `run-${i + more}`);
      await Promise.all(runs.map(run => pinnedOf(images, want({ run }))));
    }
    expect(images.state(want({ run: 'run-0' })).state).to.equal('unknown');
    expect(images.state(want({ run: 'run-1000' })).state).to.equal('resolved');
  });

  it('are unavailable in words when there is no engine', async () => {
    const nowhere = new DockerImages(engineClient('unix:///nowhere/docker.sock'), { now: () => now });
    expect(await errorOf(nowhere, want())).to.equal('docker engine: connect ENOENT /nowhere/docker.sock');
  });

  function imagesWith({ timeoutMs, stallMs }: typeof PATIENCE): DockerImages {
    const made = new DockerImages(engine.client(timeoutMs), { now: () => now, stallMs });
    all.push(made);
    return made;
  }
});

function want(changes: Partial<ImageWant> = {}): ImageWant {
  return { ref: REF, policy: 'IfNotPresent', run: 'first', ...changes };
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('not within 5 s');
    await sleep(2);
  }
}
