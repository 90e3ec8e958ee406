import type Docker from 'dockerode';
import { LABEL, ZOOKEEPER_NAME } from '../../core/model/names.js';
import { PortError } from '../../ports/errors.js';
import { droppedCapabilities } from '../docker/capabilities.js';
import { statusCode, words } from '../docker/engine.js';
import { heapOf, heapVariable, machineHeap } from './zookeeper-heap.js';

export const ZOOKEEPER_VOLUME = 'mpiswarm-zookeeper';
const CLIENT_PORT = '2181/tcp';

export interface ZooKeeperContainer {
  readonly image: string;
  /** On 127.0.0.1 of this machine. */
  readonly port: number;
  /** Of its java, in bytes; undefined: by the machine's memory. */
  readonly heapBytes?: number | undefined;
}

export interface KnownContainer {
  readonly port: number;
  readonly heapBytes: number;
}

/**
 * Makes sure that our ZooKeeper runs on this engine, its data in a named volume, reachable from this machine on
 * loopback only and from containers by its name on every network that it is attached to.
 * @returns the port on 127.0.0.1, and its heap; an existing container keeps both.
 */
export async function ensureZooKeeper(docker: Docker, wanted: ZooKeeperContainer): Promise<KnownContainer> {
  const known = await findContainer(docker);
  const heapBytes = known?.heapBytes ?? wanted.heapBytes ?? (await machineHeap(docker));
  if (known === undefined) await create(docker, { ...wanted, heapBytes });
  const container = docker.getContainer(ZOOKEEPER_NAME);
  try {
    await container.start();
  } catch (error) {
    // 304: it runs already
    if (statusCode(error) !== 304) {
      await discard(docker, known === undefined);
      throw startError(error, wanted.port);
    }
  }
  return known ?? { port: wanted.port, heapBytes };
}

/** The loopback port of our ZooKeeper's container, or undefined if there's no container. */
export async function zooKeeperPort(docker: Docker): Promise<number | undefined> {
  return (await findContainer(docker))?.port;
}

async function findContainer(docker: Docker): Promise<KnownContainer | undefined> {
  try {
    const { Config, HostConfig } = await docker.getContainer(ZOOKEEPER_NAME).inspect();
    if (Config.Labels[LABEL.part] !== 'zookeeper') {
      throw new PortError(
        'blocked',
        `a container named ${ZOOKEEPER_NAME} exists that is not ours; remove or rename it`,
      );
    }
    const bindings = HostConfig.PortBindings as Record<
      string,
      readonly { readonly HostPort: string }[]
    > | null;
    const port = Number(bindings?.[CLIENT_PORT]?.[0]?.HostPort);
    const heapBytes = heapOf(Config.Env ?? []);
    return Number.isInteger(port) && port > 0 ? { port, heapBytes } : undefined;
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw error;
  }
}

async function create(
  docker: Docker,
  { image, port, heapBytes }: ZooKeeperContainer & KnownContainer,
): Promise<void> {
  const labels = { [LABEL.part]: 'zookeeper' };
  await docker.createVolume({ Name: ZOOKEEPER_VOLUME, Labels: labels });
  try {
    await docker.createContainer({
      name: ZOOKEEPER_NAME,
      Image: image,
      Labels: labels,
      Env: [heapVariable(heapBytes)],
      ExposedPorts: { [CLIENT_PORT]: {} },
      HostConfig: {
        Init: true,
        CapDrop: [...droppedCapabilities({ auditWrite: false })],
        PortBindings: { [CLIENT_PORT]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
        RestartPolicy: { Name: 'unless-stopped' },
        Mounts: [{ Type: 'volume', Source: ZOOKEEPER_VOLUME, Target: '/var/lib/zookeeper' }],
      },
    });
  } catch (error) {
    // 409: another process created it in the meantime, which is fine
    if (statusCode(error) === 409) return;
    const hint =
      statusCode(error) === 404 ? '; build it with npm run images, or name another by --zookeeper-image' : '';
    throw new PortError('blocked', `create the ZooKeeper container: ${words(error)}${hint}`, {
      cause: error,
    });
  }
}

/** A container that never started would keep the port that it couldn't bind. */
async function discard(docker: Docker, ours: boolean): Promise<void> {
  if (!ours) return;
  await docker
    .getContainer(ZOOKEEPER_NAME)
    .remove({ force: true })
    .catch((error: unknown) => {
      if (statusCode(error) !== 404) throw error;
    });
}

function startError(error: unknown, port: number): Error {
  const said = words(error);
  const taken = /port is already allocated|address already in use/i.test(said);
  const message = taken
    ? `port 127.0.0.1:${port} for ZooKeeper is taken; give another by --zookeeper-port, or use what listens there by --zookeeper 127.0.0.1:${port}`
    : `start the ZooKeeper container: ${said}`;
  return new PortError('blocked', message, { cause: error });
}
