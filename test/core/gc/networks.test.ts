import { expect } from 'chai';
import { unusedNetworks } from '../../../controller/core/gc/networks.js';
import { LABEL } from '../../../controller/core/model/names.js';
import type { NetworkView, TaskView } from '../../../controller/core/model/world.js';
import { INSTALLATION, record, task } from '../build.js';

const OURS = { [LABEL.part]: 'network', [LABEL.installation]: INSTALLATION.id };

function network(name: string, labels: Readonly<Record<string, string>> = OURS): NetworkView {
  return {
    ...{ id: `id of ${name}`, name, labels, driver: 'overlay', scope: 'swarm' },
    ...{ attachable: true, encrypted: false, subnets: ['10.0.1.0/24'] },
  };
}

describe('spare networks', () => {
  const known = record({ network: { name: 'ring-net' } });
  const find = (networks: readonly NetworkView[], tasks: readonly TaskView[] = []) =>
    unusedNetworks({ networks, tasks }, [known], INSTALLATION).map(({ name }) => name);

  it('are the networks of this installation that no record names', () => {
    const theirs = { ...OURS, [LABEL.installation]: 'zk1:2181/mpiswarm' };
    const { [LABEL.installation]: _, ...unsaid } = OURS;
    const all = [
      network('gone-net'),
      network('ring-net'),
      network('theirs', theirs),
      network('unsaid', unsaid),
    ];
    expect(find([...all, network('web', {})])).to.deep.equal(['gone-net']);
  });

  it('exclude the default network', () => {
    expect(find([network('mesos-overlay')])).to.deep.equal([]);
  });

  it('exclude networks with a container’s address until that container has ended', () => {
    const addresses = { 'id of gone-net': '10.0.1.7' };
    const on = (state: TaskView['state'], desired: TaskView['desired']): TaskView => ({
      ...task('t', 'removed', 1),
      ...{ addresses, state, desired },
    });
    for (const one of [on('running', 'running'), on('running', 'remove'), on('preparing', 'shutdown')])
      expect(find([network('gone-net')], [one]), `${one.state}, ${one.desired}`).to.deep.equal([]);
    expect(find([network('gone-net')], [on('shutdown', 'remove')])).to.deep.equal(['gone-net']);
  });
});
