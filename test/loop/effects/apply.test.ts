import { expect } from 'chai';
import type { Command } from '../../../controller/core/model/command.js';
import { apply } from '../../../controller/loop/effects/apply.js';
import { Scene } from '../scene.js';

const config = (name: string): Command => ({ do: 'create-config', name, content: '{}', labels: {} });

describe('a plan of several stages', () => {
  it('stops after a stage with a failed command, but issues all other commands of that stage', async () => {
    const { swarm, stateStore, images, packages, outputs, runtime, effects, cluster } = new Scene();
    effects.inject(2, 'refused');
    const plan = [[config('one')], [config('two'), config('three')], [config('four')]];
    const outcome = await apply(plan, { swarm, stateStore, images, packages, outputs, runtime });
    expect(outcome).to.deep.equal({
      ok: false,
      trouble: { reason: 'Retrying', message: 'create config: connection refused' },
    });
    expect(cluster.configs.map(({ name }) => name)).to.deep.equal(['one', 'three']);
  });

  it('counts as no change when it only resolves an image', async () => {
    const { swarm, stateStore, images, packages, outputs, runtime } = new Scene();
    const ask: Command = { do: 'resolve-image', ref: 'nowhere:1', policy: 'Never', run: 'ring-1a2b3c4d-1' };
    const ports = { swarm, stateStore, images, packages, outputs, runtime };
    expect(await apply([[ask]], ports)).to.deep.equal({ ok: true, issued: 0 });
    expect(await apply([[ask, config('one')]], ports)).to.deep.equal({ ok: true, issued: 1 });
  });

  it('counts as no change while storing output takes long', async () => {
    const { swarm, stateStore, images, packages, outputs, runtime } = new Scene();
    outputs.store = async () => 'under-way';
    const store: Command = {
      do: 'store-output',
      run: 'ring-1a2b3c4d-1',
      service: 'launcher',
      workers: [],
      giveUp: false,
    };
    const ports = { swarm, stateStore, images, packages, outputs, runtime };
    expect(await apply([[store]], ports)).to.deep.equal({ ok: true, issued: 0 });
  });
});
