import { expect } from 'chai';
import { type Stores, storeTrouble } from '../../../controller/core/gc/store-check.js';
import { LABEL } from '../../../controller/core/model/names.js';

const INSTALLATION = { id: 'here' };

/** A ZooKeeper with an id, and the services of two jobs that its installation has in the swarm. */
function stores(unreadable: readonly string[]): Stores {
  const service = (run: string) => ({
    id: run,
    name: `${run}-launcher`,
    labels: { [LABEL.installation]: 'here', [LABEL.run]: run, [LABEL.store]: 'id' },
  });
  const services = [
    service('a-1a2b3c4d-1'),
    service('b-5e6f7a8b-1'),
  ] as unknown as Stores['swarm']['services'];
  return {
    swarm: { services, secrets: [], configs: [] },
    stateStore: {
      id: 'id',
      jobs: new Map(),
      unreadableRecords: new Map(unreadable.map(key => [key, 'not a record'])),
    },
    stored: new Map(),
  };
}

describe('a ZooKeeper with no record that can be read', () => {
  it('counts as empty where it has no record at all', () => {
    expect(storeTrouble(stores([]), INSTALLATION)?.reason).to.equal('ZooKeeperEmpty');
  });

  it('does not where there are records that cannot be read: those jobs are left alone, each by itself', () => {
    expect(storeTrouble(stores(['default/a', 'default/b']), INSTALLATION)).to.equal(undefined);
  });
});
