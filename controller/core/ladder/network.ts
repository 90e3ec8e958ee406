import type { Reason } from '../model/reason.js';
import type { RunView } from '../observed/run-view.js';

/** Why the overlay network is not there as the job asks for it. */
export function networked(view: RunView): readonly Reason[] {
  const { job, network, swarm } = view;
  const wanted = job.spec.network;
  if (!network)
    return [{ reason: 'NetworkMissing', message: `overlay network ${wanted.name} does not exist yet` }];
  // Swarm allocates a moment after it accepted a network, and knows no driver of it before, or ever where it cannot
  if (network.driver === '') {
    const message = `Swarm has not allocated overlay network ${wanted.name} yet; if this persists, its subnet may overlap another: remove it and set a different spec.network.subnet`;
    return [{ reason: 'NetworkAllocating', message }];
  }
  const mismatch = networkMismatch(view);
  if (mismatch) return [{ reason: 'NetworkMismatch', message: mismatch }];
  if (network.subnets.length === 0) {
    return [{ reason: 'NetworkAllocating', message: `overlay network ${wanted.name} has no subnet yet` }];
  }
  if (swarm.zooKeeperNetworks && !swarm.zooKeeperNetworks.includes(wanted.name)) {
    return [
      { reason: 'ZooKeeperDetached', message: `ZooKeeper is not attached to network ${wanted.name} yet` },
    ];
  }
  return [];
}

/** How the network that has the wanted name differs from what is asked for; a person must change one of the two. */
function networkMismatch({ job, network }: RunView): string | undefined {
  if (!network) return undefined;
  const wanted = job.spec.network;
  const differs = (what: string, expected: string, actual: string) =>
    `network ${wanted.name} exists with ${what} ${actual}, expected ${expected}; remove it or name another in spec.network`;
  if (network.driver !== 'overlay') return differs('driver', 'overlay', network.driver);
  if (network.scope !== 'swarm') return differs('scope', 'swarm', network.scope);
  if (!network.attachable) return differs('attachable', 'true', 'false');
  if (network.encrypted !== wanted.encrypted) {
    return differs('encrypted', String(wanted.encrypted), String(network.encrypted));
  }
  if (wanted.subnet && network.subnets.length > 0 && !network.subnets.includes(wanted.subnet)) {
    return differs('subnet', wanted.subnet, network.subnets.join(', '));
  }
  return undefined;
}
