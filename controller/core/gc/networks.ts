import { SCHEMA } from '../../api/types/schema.js';
import { LABEL } from '../model/names.js';
import type { JobRecord } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import { isTerminal, type NetworkView, type SwarmWorld } from '../model/world.js';

/** Of jobs that name none; the next one will want it again. */
const DEFAULT_NETWORK = SCHEMA.properties?.['spec']?.properties?.['network']?.properties?.['name']?.default;

/**
 * Networks that this installation made for jobs that are gone. One goes only when no container that has an address of it is
 * left: removed earlier it would leak addresses (moby #37338).
 */
export function unusedNetworks(
  { networks, tasks }: Pick<SwarmWorld, 'networks' | 'tasks'>,
  records: readonly JobRecord[],
  { id }: Pick<Installation, 'id'>,
): readonly NetworkView[] {
  const named = new Set(records.map(({ manifest }) => manifest.spec.network.name));
  const used = new Set(
    tasks.filter(task => !isTerminal(task)).flatMap(({ addresses }) => Object.keys(addresses)),
  );
  return networks
    .filter(({ labels }) => labels[LABEL.installation] === id && labels[LABEL.part] === 'network')
    .filter(network => network.name !== DEFAULT_NETWORK && !named.has(network.name) && !used.has(network.id));
}
