import { installationId, ZOOKEEPER_NAME } from '../core/model/names.js';

/** By which servers containers reach ZooKeeper, and which id that and the root znode make of an installation. */
export interface InstallationAddress {
  readonly id: string;
  readonly zookeeper: string;
}

/** @param node id of the node that the embedded ZooKeeper runs beside; asked for where the settings name no servers. */
export function installationAddress(
  settings: {
    readonly zookeeper?: string;
    readonly agentZookeeper?: string;
    readonly zookeeperRoot: string;
  },
  node: string,
): InstallationAddress {
  const embedded = settings.zookeeper === undefined;
  const zookeeper = settings.agentZookeeper ?? settings.zookeeper ?? `${ZOOKEEPER_NAME}:2181`;
  return {
    id: installationId(zookeeper, settings.zookeeperRoot, embedded ? node : undefined),
    zookeeper,
  };
}
