import { expect } from 'chai';
import { orphans } from '../../../controller/core/gc/orphans.js';
import { LABEL, runLabels } from '../../../controller/core/model/names.js';
import type { SwarmWorld } from '../../../controller/core/model/world.js';
import { INSTALLATION, record, swarmWorld } from '../build.js';

const EMPTY: SwarmWorld = {
  nodes: [],
  networks: [],
  services: [],
  tasks: [],
  secrets: [],
  configs: [],
  packages: [],
};

function labels(run: string, installation = INSTALLATION.id) {
  return runLabels({ installation, key: 'default/lost', uid: '99999999', generation: 1, run }, 'launcher');
}

/** A service, a secret and a config of a run. */
function things(run: string, of = labels(run)): SwarmWorld {
  const object = (kind: string) => ({
    id: `${kind} of ${run}`,
    name: `${run}-${kind}`,
    labels: of,
    image: '',
  });
  return {
    ...EMPTY,
    services: [object('service')],
    secrets: [object('secret')],
    configs: [object('config')],
  };
}

describe('orphans', () => {
  const known = record();
  const find = (swarm: SwarmWorld, runIds: readonly string[] = []) =>
    orphans({ swarm, runIds }, [known], INSTALLATION);

  it('exclude everything of a job with a record, even of a run that it no longer lists', () => {
    const older = `${known.manifest.metadata.name}-${known.uid}-7`;
    expect(find(swarmWorld(known), [older])).to.deep.equal([]);
  });

  it('are runs with anything that carries our label, services first', () => {
    const run = 'lost-99999999-1';
    expect(find(things(run), [run])).to.deep.equal([
      { run, commands: [{ do: 'remove-service', id: `service of ${run}`, name: `${run}-service` }] },
    ]);
    expect(find({ ...things(run), services: [] }, [run])).to.deep.equal([
      {
        run,
        commands: [
          { do: 'remove-secret', id: `secret of ${run}`, name: `${run}-secret` },
          { do: 'remove-config', id: `config of ${run}`, name: `${run}-config` },
          { do: 'remove-run', run },
        ],
      },
    ]);
  });

  it('are also runs that only have znodes', () => {
    expect(find(EMPTY, ['lost-99999999-1'])).to.deep.equal([
      { run: 'lost-99999999-1', commands: [{ do: 'remove-run', run: 'lost-99999999-1' }] },
    ]);
  });

  it('exclude things of another installation and things that name no installation', () => {
    const run = 'lost-99999999-1';
    const { [LABEL.installation]: _, ...unsaid } = labels(run);
    for (const of of [
      labels(run, 'zk1:2181/mpiswarm'),
      unsaid,
      {},
      { [LABEL.installation]: INSTALLATION.id },
    ]) {
      expect(find(things(run, of)), JSON.stringify(of)).to.deep.equal([]);
    }
  });

  it('exclude another installation’s run of the same name', () => {
    const run = 'lost-99999999-1';
    const theirs = things(run, labels(run, 'zk1:2181/mpiswarm'));
    expect(find(theirs, [run])).to.deep.equal([{ run, commands: [{ do: 'remove-run', run }] }]);
  });
});
