import { expect } from 'chai';
import type { PackageState } from '../../controller/api/types/package.js';
import { packageName } from '../../controller/core/desired/package.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { FaultKind } from '../fakes/effects.js';
import { INSTALLATION, manifest, Scene } from './scene.js';

const KEY = 'default/ring';

function content(digit: string): Extract<PackageState, { state: 'ready' }> {
  return { state: 'ready', content: { sha256: digit.repeat(64), bytes: 200_000_000 } };
}

function scene(state: PackageState | undefined = content('a'), spec = {}): Scene {
  const fresh = new Scene();
  fresh.manifests.put('team/ring.yaml', manifest('ring', { package: 'hello.jar', ...spec }));
  if (state) fresh.manifests.packages.set('hello.jar', state);
  return fresh;
}

const waiting = (world: Scene) =>
  world.find(KEY)?.status.waitingOn.map(({ reason, message }) => `${reason}: ${message}`);
const runs = (world: Scene) =>
  world.job(KEY).status.runs.map(({ outcome, reason }) => `${outcome} ${reason}`);

/** Until nothing serves a package any more. */
async function unserved(world: Scene): Promise<void> {
  for (let looks = 0; world.cluster.packages.length > 0; looks += 1) {
    if (looks > 10) throw new Error('it is still served after a minute');
    world.step(6_000);
    await world.tick();
  }
}

describe('a job with a package', () => {
  it('runs when its containers can fetch the package, and removes the server once the run has started', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    const { sha256 } = content('a').content;
    const name = packageName(INSTALLATION.id, { sha256, bytes: 0 });
    expect(world.packages.asked).to.have.length(1);
    expect(world.packages.asked[0]).to.include({
      name,
      file: 'team/ring.yaml',
      path: 'hello.jar',
      network: 'mesos-overlay',
    });
    const [spec] = world.cluster.configs.map(config => JSON.parse(config.content));
    expect(spec.package).to.deep.equal({ host: name, port: 2080, sha256, bytes: 200_000_000 });
    const credentials = world.cluster.secrets.map(secret => JSON.parse(secret.content).package);
    expect(new Set(credentials)).to.deep.equal(new Set([world.stateStore.credential(`package/${sha256}`)]));
    await world.until('nothing serves it', () => world.cluster.packages.length === 0, 200);
    expect(world.job(KEY).status.phase).to.equal('running');
  });

  it('says that the package is on its way', async () => {
    const world = scene();
    world.packages.pause = 20;
    await world.until('told', () => waiting(world)?.[0]?.startsWith('PackageDistributing') ?? false);
    expect(waiting(world)).to.deep.equal([
      'PackageDistributing: package hello.jar (200.0 MB) is being copied into the swarm',
    ]);
    expect(world.cluster.services.filter(({ spec }) => spec.labels[LABEL.run])).to.deep.equal([]);
  });

  it('waits for a missing package without a run or a retry', async () => {
    const world = scene(undefined);
    world.manifests.packages.delete('hello.jar');
    await world.rounds(100);
    expect(waiting(world)).to.deep.equal(['PackageUnavailable: package hello.jar: it does not exist']);
    expect(world.job(KEY).status.runs).to.deep.equal([]);
    world.manifests.packages.set('hello.jar', content('a'));
    await world.untilDone(KEY);
    expect(runs(world)).to.deep.equal(['Succeeded Completed']);
  });

  it('is not recognized while its package may still be half-written', async () => {
    const world = scene({ state: 'unsettled' });
    await world.rounds(20);
    expect(world.find(KEY)).to.equal(undefined);
    world.manifests.packages.set('hello.jar', content('a'));
    await world.untilDone(KEY);
  });

  it('starts a new run when its package changes, and only once the package is complete', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.manifests.packages.set('hello.jar', { state: 'unsettled' });
    await world.rounds(20);
    expect(world.job(KEY).generation).to.equal(1);
    world.agents.programs.delete(KEY);
    world.manifests.packages.set('hello.jar', content('b'));
    await world.until('second run', () => world.find(KEY)?.status.runs.length === 2);
    await world.untilDone(KEY);
    expect(runs(world)).to.deep.equal(['Cancelled Superseded', 'Succeeded Completed']);
    const told = world.job(KEY).status.events.filter(({ reason }) => reason === 'ManifestChanged');
    expect(told.map(({ message }) => message)).to.deep.equal([
      'generation 2: spec.package (content) changed',
    ]);
  });

  it('goes on when its package is removed or breaks, and reports that', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.manifests.packages.set('hello.jar', {
      state: 'unusable',
      message: 'package hello.jar: it is truncated',
    });
    await world.rounds(50);
    const { status, generation } = world.job(KEY);
    expect([status.phase, generation]).to.deep.equal(['running', 1]);
    expect(status.conditions.find(({ type }) => type === 'ManifestValid')).to.include({
      status: 'False',
      reason: 'PackageUnavailable',
      message: 'package hello.jar: it is truncated',
    });
  });

  it('keeps its last good manifest when an edit names a package that is missing', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.manifests.put('team/ring.yaml', manifest('ring', { package: 'other.jar' }));
    await world.rounds(50);
    expect(world.job(KEY).manifest.spec.package).to.equal('hello.jar');
    expect(world.job(KEY).status.phase).to.equal('running');
  });

  it('waits with an edit for the package that comes along with it, and both are one edit', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.manifests.packages.set('hello.jar', { state: 'unsettled' });
    world.manifests.put('team/ring.yaml', manifest('ring', { package: 'hello.jar', args: ['x'] }));
    await world.rounds(20);
    expect(world.job(KEY).generation).to.equal(1);
    world.manifests.packages.set('hello.jar', content('b'));
    await world.until('second generation', () => world.job(KEY).generation > 1);
    const { generation, manifest: now, package: found } = world.job(KEY);
    expect([generation, now.spec.args, found?.sha256]).to.deep.equal([2, ['x'], 'b'.repeat(64)]);
  });

  it('is cancelled although its package may still be half-written', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.manifests.packages.set('hello.jar', { state: 'unsettled' });
    const cancelled = { package: 'hello.jar', runPolicy: { cancel: true } };
    world.manifests.put('team/ring.yaml', manifest('ring', cancelled));
    await world.untilDone(KEY);
    expect(runs(world)).to.deep.equal(['Cancelled CancelRequested']);
  });

  it('retries a failed transfer of its package, without counting an attempt', async () => {
    const world = scene();
    world.packages.unreadable.set('hello.jar', 'permission denied');
    await world.until('told', () => waiting(world)?.[0]?.startsWith('PackageUnavailable') ?? false);
    expect(waiting(world)).to.deep.equal(['PackageUnavailable: package hello.jar: permission denied']);
    await world.rounds(100);
    world.packages.unreadable.clear();
    await world.untilDone(KEY);
    expect(runs(world)).to.deep.equal(['Succeeded Completed']);
  });

  it('shares its package server only with jobs of the same package', async () => {
    const world = scene();
    world.manifests.put('pi.yaml', manifest('pi', { package: 'copy.jar', network: { name: 'other' } }));
    world.manifests.put('sum.yaml', manifest('sum', { package: 'sum.jar' }));
    world.manifests.packages.set('copy.jar', content('a'));
    world.manifests.packages.set('sum.jar', content('c'));
    const seen = new Map<string, readonly string[]>();
    await world.until('all done', () => {
      for (const { name, networks } of world.cluster.packages) seen.set(name, [...networks].sort());
      return ['ring', 'pi', 'sum'].every(name => world.find(`default/${name}`)?.status.phase === 'done');
    });
    const name = (digit: string) => packageName(INSTALLATION.id, content(digit).content);
    expect(Object.fromEntries(seen)).to.deep.equal({
      [name('a')]: ['mesos-overlay', 'other'],
      [name('c')]: ['mesos-overlay'],
    });
  });

  const kinds: readonly FaultKind[] = ['crash-before', 'crash-after', 'refused', 'reply-lost'];
  for (const kind of kinds) {
    it(`comes to the same end whichever effect is hit by ${kind}, and leaves no package server`, async () => {
      const whole = scene();
      await whole.untilDone(KEY);
      await unserved(whole);
      const effects = whole.effects.log.length;
      expect(whole.effects.log).to.include('remove package');
      for (let at = 1; at <= effects; at += 1) {
        const world = scene();
        world.effects.inject(at, kind);
        await world.untilDone(KEY);
        await unserved(world);
        expect(runs(world), `effect ${at}`).to.deep.equal(['Succeeded Completed']);
        expect(world.agents.ledger, `effect ${at}`).to.have.length(1);
      }
    });
  }

  it('gets its package from the next controller when one dies during the transfer', async () => {
    const world = scene();
    await world.until('being brought', () => world.cluster.packages.length === 1);
    expect(world.cluster.packages[0]?.serves).to.equal(false);
    world.restart();
    await world.untilDone(KEY);
    expect(runs(world)).to.deep.equal(['Succeeded Completed']);
  });
});
