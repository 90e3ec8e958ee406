import { expect } from 'chai';
import { disturbed, inLanes, ownNetwork, SIDES } from './support/disturb.js';
import { isAbout, type Side } from './support/effect.js';
import { MOMENTS } from './support/effects.js';
import { Rig } from './support/rig.js';
import { faultsIt } from './support/table.js';

describe('a job whose controller has a fault at one effect @full', function () {
  this.timeout(480_000);
  let rig: Rig;
  const names: string[] = [];

  before(async () => {
    rig = await Rig.create(['--session-timeout', '3s']);
    await rig.mpiswarm.start();
  });

  after(async () => rig.close());

  it('has only the effects listed below', async () => {
    const name = 'undisturbed';
    await rig.drop({ name, node: 0, spec: ownNetwork(name) });
    await rig.mpiswarm.waitDone(`default/${name}`);
    await rig.mpiswarm.remove(`${name}.yaml`);
    await rig.forgotten(name);
    const seen = rig.trap.done.filter(effect => isAbout(effect, name));
    const unknown = seen.filter(effect => !MOMENTS.some(moment => moment.is(effect)));
    expect(new Set(unknown.map(({ kind }) => kind))).to.deep.equal(new Set());
    const missed = MOMENTS.filter(({ is, nth = 1 }) => seen.filter(is).length < nth);
    expect(
      missed.map(({ title }) => title),
      'every one of those below is there',
    ).to.deep.equal([]);
  });

  for (const [side, when] of Object.entries(SIDES) as [Side, string][]) {
    faultsIt(
      `ends the same when the controller is killed at any one effect ${when}`,
      MOMENTS.map(() => `controller killed with SIGKILL at an effect, ${when}`),
      () =>
        inLanes(
          MOMENTS.map(
            (moment, at) => () =>
              disturbed({ rig, names }, `killed-${side}-${at}`, { moment, side, how: 'kill' }),
          ),
        ),
    );
  }

  faultsIt(
    'ends the same when the reply to any one effect is lost with its connection',
    MOMENTS.map(() => 'reply to an effect lost with its connection'),
    () =>
      inLanes(
        MOMENTS.map(
          (moment, at) => () =>
            disturbed({ rig, names }, `unheard-${at}`, { moment, side: 'after', how: 'cut' }),
        ),
      ),
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(names)).to.deep.equal([]);
  });
});
