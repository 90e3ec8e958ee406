import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const RING = 'default/ring';
const PI = 'default/pi';
/** Half a minute of nothing but waiting has fewer ticks than a minute in which something happens. */
const WAIT_STEP_MS = 500;

/** Two jobs that run until they are stopped. */
async function two(): Promise<Scene> {
  const world = new Scene();
  world.manifests.device = 'disk';
  for (const name of ['ring', 'pi']) {
    world.agents.programs.set(`default/${name}`, { endless: true });
    world.manifests.put(`${name}.yaml`, manifest(name));
  }
  await world.until('both run', () => world.agents.ledger.length === 2);
  await world.rounds(2);
  return world;
}

function empty(world: Scene): void {
  for (const name of ['ring', 'pi']) world.manifests.remove(`${name}.yaml`);
}

function seconds(world: Scene, count: number): Promise<void> {
  return world.rounds((count * 1_000) / WAIT_STEP_MS, WAIT_STEP_MS);
}

function valid(world: Scene, key: string) {
  return world.job(key).status.conditions.find(({ type }) => type === 'ManifestValid');
}

function told(world: Scene, key: string): readonly string[] {
  return world
    .job(key)
    .status.events.filter(({ type }) => type === 'Warning')
    .map(({ reason }) => reason);
}

describe('a folder that empties suddenly', () => {
  it('keeps its jobs for half a minute, and each job says until when', async () => {
    const world = await two();
    const until = `${new Date(world.runtime.now() + 100 + 30_000).toISOString().slice(0, 19)}Z`;
    empty(world);
    await seconds(world, 29);
    for (const key of [RING, PI]) {
      expect(world.job(key).status.phase).to.equal('running');
      expect(valid(world, key)).to.include({ status: 'Unknown', reason: 'FolderEmpty' });
      expect(valid(world, key)?.message)
        .to.contain(`keeping the job until ${until}`)
        .and.contain('--allow-prune-all');
      expect(told(world, key)).to.deep.equal(['FolderEmpty']);
    }
  });

  it('reports that once, and writes nothing more during the wait', async () => {
    const world = await two();
    empty(world);
    await seconds(world, 1);
    const before = world.effects.log.length;
    await seconds(world, 25);
    expect(world.effects.log.slice(before)).to.deep.equal([]);
  });

  it('loses its jobs with all their parts if it is still empty after that', async () => {
    const world = await two();
    empty(world);
    await seconds(world, 32);
    await world.until('removed', () => world.stateStore.jobs.size === 0, 100);
    expect(world.remains()).to.deep.equal([]);
    const events = world.news.flatMap(news => (news.kind === 'job' ? news.record.status.events : []));
    expect(events.map(({ reason }) => reason)).to.not.include('ManifestValid');
  });

  it('has no effect when the manifests come back in time', async () => {
    const world = await two();
    empty(world);
    await seconds(world, 29);
    for (const name of ['ring', 'pi']) world.manifests.put(`${name}.yaml`, manifest(name));
    await seconds(world, 60);
    expect(world.agents.ledger).to.have.length(2);
    expect(valid(world, RING)).to.include({ status: 'True', reason: 'Valid' });
    expect(world.job(RING).status.events.at(-1)?.message).to.equal('ring.yaml:1 is used again');
  });

  it('loses its jobs at once where the settings allow that', async () => {
    const world = await two();
    world.allowPruneAll = true;
    world.restart();
    empty(world);
    await seconds(world, 3);
    await world.until('removed', () => world.stateStore.jobs.size === 0, 100);
    expect(world.remains()).to.deep.equal([]);
  });

  it('keeps a job that comes back late while the folder is filled again, however slowly', async () => {
    const world = await two();
    empty(world);
    await seconds(world, 25);
    for (const name of ['a', 'b', 'c']) {
      world.manifests.put(`${name}.yaml`, manifest(name, { runPolicy: { suspend: true } }));
      await seconds(world, 20);
    }
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'FolderIncomplete' });
    for (const name of ['ring', 'pi']) world.manifests.put(`${name}.yaml`, manifest(name));
    await seconds(world, 60);
    expect(world.agents.ledger).to.have.length(2);
    expect(valid(world, RING)).to.include({ status: 'True' });
  });

  it('loses a job when the folder, filled again without it, stayed the same for half a minute', async () => {
    const world = await two();
    empty(world);
    await seconds(world, 5);
    world.manifests.put('pi.yaml', manifest('pi'));
    await seconds(world, 29);
    expect(world.job(RING).status.phase).to.equal('running');
    await world.until('removed', () => !world.stateStore.jobs.has(RING), 200);
    await seconds(world, 60);
    expect(world.job(PI).status.phase).to.equal('running');
  });

  it('does not count as empty with a broken manifest: a job removed beside it goes at once', async () => {
    const world = await two();
    world.manifests.put('pi.yaml', 'kind: [MPIJob');
    await seconds(world, 1);
    world.manifests.remove('ring.yaml');
    await world.until('removed', () => !world.stateStore.jobs.has(RING), 100);
    expect(world.job(PI).status.phase).to.equal('running');
  });

  it('keeps its jobs as long when the clock jumps ahead', async () => {
    const world = await two();
    empty(world);
    await seconds(world, 1);
    world.runtime.jump(3_600_000);
    await seconds(world, 20);
    expect(world.job(RING).status.phase).to.equal('running');
    await world.until('removed', () => world.stateStore.jobs.size === 0, 200);
  });
});

describe('a folder that is missing for a while', () => {
  async function away(world: Scene, count: number): Promise<void> {
    world.manifests.error = 'it does not exist';
    await seconds(world, count);
    empty(world);
  }

  it('keeps a job that comes back late while the folder is filled again, however slowly', async () => {
    const world = await two();
    await away(world, 60);
    world.manifests.put('pi.yaml', manifest('pi'));
    world.manifests.error = undefined;
    await seconds(world, 25);
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'FolderIncomplete' });
    expect(valid(world, RING)?.message).to.contain('was empty or away and is filling up again');
    world.manifests.put('ring.yaml', manifest('ring'));
    await seconds(world, 60);
    expect(world.agents.ledger).to.have.length(2);
    expect(valid(world, RING)).to.include({ status: 'True' });
  });

  it('is like any other once it stayed the same for half a minute', async () => {
    const world = await two();
    await away(world, 1);
    for (const name of ['ring', 'pi']) world.manifests.put(`${name}.yaml`, manifest(name));
    world.manifests.error = undefined;
    await seconds(world, 31);
    world.manifests.remove('ring.yaml');
    await seconds(world, 3);
    await world.until('removed', () => !world.stateStore.jobs.has(RING), 100);
    expect(world.job(PI).status.phase).to.equal('running');
  });

  it('loses a job when it came back without it and stayed the same for half a minute', async () => {
    const world = await two();
    await away(world, 1);
    world.manifests.put('pi.yaml', manifest('pi'));
    world.manifests.error = undefined;
    await seconds(world, 29);
    expect(world.job(RING).status.phase).to.equal('running');
    await world.until('removed', () => !world.stateStore.jobs.has(RING), 200);
  });
});

describe('a controller that finds an empty folder when it starts', () => {
  it('removes nothing for half a minute, as if it had seen the folder empty', async () => {
    const world = await two();
    empty(world);
    world.restart();
    await seconds(world, 29);
    for (const key of [RING, PI]) {
      expect(world.job(key).status.phase).to.equal('running');
      expect(valid(world, key)).to.include({ status: 'Unknown', reason: 'FolderEmpty' });
    }
    await world.until('removed', () => world.stateStore.jobs.size === 0, 200);
  });

  it('waits as long again when it is killed every few seconds', async () => {
    const world = await two();
    empty(world);
    for (let starts = 0; starts < 10; starts += 1) {
      world.restart();
      await seconds(world, 10);
    }
    expect(world.job(RING).status.phase).to.equal('running');
  });
});

describe('a folder that is unmounted', () => {
  it('removes nothing, however long it is empty, and says why', async () => {
    const world = await two();
    empty(world);
    world.manifests.device = 'below';
    await seconds(world, 10);
    world.runtime.advance(24 * 3_600_000);
    await seconds(world, 40);
    expect(world.job(RING).status.phase).to.equal('running');
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'FolderUnmounted' });
    expect(valid(world, RING)?.message)
      .to.contain('a different file system')
      .and.contain('--allow-prune-all');
  });

  it('removes nothing either when the controller restarts in the meantime', async () => {
    const world = await two();
    empty(world);
    world.manifests.device = 'below';
    await seconds(world, 10);
    world.restart();
    await seconds(world, 100);
    expect(world.job(RING).status.phase).to.equal('running');
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'FolderUnmounted' });
    world.manifests.put('ring.yaml', manifest('ring'));
    await seconds(world, 60);
    expect(valid(world, RING)).to.include({ status: 'True' });
    expect(world.agents.ledger).to.have.length(2);
  });

  it('goes on as before when it is mounted again, and then loses a job removed in the meantime', async () => {
    const world = await two();
    empty(world);
    world.manifests.device = 'below';
    await seconds(world, 100);
    world.manifests.device = 'disk again';
    world.manifests.put('pi.yaml', manifest('pi'));
    await seconds(world, 20);
    expect(world.job(RING).status.phase).to.equal('running');
    await world.until('removed', () => !world.stateStore.jobs.has(RING), 200);
    expect(world.job(PI).status.phase).to.equal('running');
    expect(world.agents.ledger).to.have.length(2);
  });

  it('keeps its jobs for half a minute at least when the mount point holds an old manifest', async () => {
    const world = await two();
    world.manifests.remove('ring.yaml');
    world.manifests.device = 'below';
    await seconds(world, 25);
    expect(world.job(RING).status.phase).to.equal('running');
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'FolderIncomplete' });
  });

  it('loses its jobs where the settings allow that', async () => {
    const world = await two();
    world.allowPruneAll = true;
    world.restart();
    await world.rounds(1);
    empty(world);
    world.manifests.device = 'below';
    await seconds(world, 3);
    await world.until('removed', () => world.stateStore.jobs.size === 0, 100);
  });
});

describe('a folder below the watched one that is unmounted', () => {
  /** `team/ring.yaml`, on a file system of its own, and `pi.yaml` beside it. */
  async function mounted(): Promise<Scene> {
    const world = await two();
    world.manifests.devices.set('team/', 'share');
    world.manifests.put('team/ring.yaml', manifest('ring'));
    world.manifests.remove('ring.yaml');
    await seconds(world, 1);
    expect(world.job(RING).source).to.equal('team/ring.yaml:1');
    return world;
  }

  function unmount(world: Scene): void {
    world.manifests.devices.set('team/', 'disk');
    world.manifests.remove('team/ring.yaml');
  }

  it('keeps its jobs however long it is empty, says why, and goes on when it is back', async () => {
    const world = await mounted();
    unmount(world);
    await seconds(world, 60);
    expect(world.job(RING).status.phase).to.equal('running');
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'SubfolderUnmounted' });
    expect(valid(world, RING)?.message).to.contain('the folder team/').and.contain('--allow-prune-all');
    world.manifests.remove('pi.yaml');
    await seconds(world, 60);
    expect(world.job(RING).status.phase, 'also once nothing else is left').to.equal('running');
    world.manifests.devices.set('team/', 'share again');
    world.manifests.put('team/ring.yaml', manifest('ring'));
    await seconds(world, 2);
    expect(valid(world, RING)).to.include({ status: 'True' });
    expect(world.agents.ledger).to.have.length(2);
  });

  it('keeps its jobs also when the controller restarts in the meantime', async () => {
    const world = await mounted();
    unmount(world);
    await seconds(world, 5);
    world.restart();
    await seconds(world, 60);
    expect(world.job(RING).status.phase).to.equal('running');
    expect(valid(world, RING)).to.include({ reason: 'SubfolderUnmounted' });
  });

  it('keeps its jobs for half a minute when another file system with other manifests takes its place', async () => {
    const world = await mounted();
    unmount(world);
    world.manifests.put('team/e.yaml', manifest('e', { runPolicy: { suspend: true } }));
    await seconds(world, 25);
    expect(world.job(RING).status.phase).to.equal('running');
    expect(valid(world, RING)).to.include({ status: 'Unknown', reason: 'FolderIncomplete' });
    await world.until('removed', () => !world.stateStore.jobs.has(RING), 200);
    expect(world.job(PI).status.phase).to.equal('running');
  });

  it('loses its jobs when the settings allow that, and when it is removed on the same file system', async () => {
    const removed = await mounted();
    removed.manifests.remove('team/ring.yaml');
    await removed.until('removed', () => !removed.stateStore.jobs.has(RING), 100);
    const allowed = await mounted();
    allowed.allowPruneAll = true;
    allowed.restart();
    await allowed.rounds(1);
    unmount(allowed);
    await allowed.until('removed', () => !allowed.stateStore.jobs.has(RING), 100);
  });
});
