import type { Cluster } from '../../../../scripts/cluster/cluster.js';
import { until } from '../../../../scripts/cluster/lib/until.js';

/** Removes a volume from every node, once the last container that mounts it is gone; absent is success. */
export async function removeVolumes(cluster: Cluster, name: string): Promise<void> {
  for (const index of cluster.nodes.keys()) {
    const docker = cluster.docker(index);
    await until(
      `removal of volume ${name} on node ${index + 1}`,
      async () => {
        const { Volumes } = await docker.listVolumes({ filters: { name: [name] } });
        for (const { Name } of Volumes) await docker.getVolume(Name).remove();
        return true;
      },
      { deadlineMs: 60_000, everyMs: 500 },
    );
  }
}
