import { expect } from 'chai';
import { MissingManifests } from '../../../controller/loop/manifests/missing-manifests.js';
import { FakeManifests } from '../../fakes/manifests.js';
import { FakeRuntime } from '../../fakes/runtime.js';
import { manifest, Scene } from '../scene.js';

const KEY = 'default/ring';

describe('a manifest that was missing before this controller began to lead', () => {
  it('must be missing again for the full time', async () => {
    const runtime = new FakeRuntime();
    const folder = new FakeManifests();
    folder.put('pi.yaml', manifest('pi'));
    const absences = new MissingManifests(runtime, false);
    absences.update(await folder.read());
    expect(absences.state(KEY, undefined).kind).to.equal('unknown');
    runtime.advance(60_000);
    absences.begin();
    expect(absences.state(KEY, undefined).kind).to.equal('unknown');
    runtime.advance(60_000);
    expect(absences.state(KEY, undefined).kind).to.equal('removed');
  });

  it('is not removed at the first tick of a controller that leads again after it lost the lead', async () => {
    const world = new Scene();
    world.manifests.put('ring.yaml', manifest('ring'));
    world.manifests.put('pi.yaml', manifest('pi'));
    await world.untilDone(KEY, 'default/pi');
    await world.rounds(3);
    world.manifests.remove('ring.yaml');
    await world.tick();
    const before = [...world.effects.log];
    world.leadership.cut();
    world.runtime.advance(world.election.timeoutMs + 1);
    world.leadership.heal();
    await world.tick();
    expect(world.leadership.state().role).to.equal('leader');
    expect(world.effects.log).to.deep.equal(before);
  });
});
