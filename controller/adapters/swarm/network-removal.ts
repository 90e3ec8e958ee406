import type Docker from 'dockerode';
import { LABEL } from '../../core/model/names.js';
import { isTerminal, type Labels } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import { call, portError, words } from '../docker/engine.js';
import { networkView, packageView, taskView } from '../docker/views.js';

/**
 * Removes a network after it disconnects the embedded ZooKeeper and the package servers of the same installation. Any
 * other user, even a service without tasks, keeps the network: the call fails with `retry`.
 * @param confirm called right before the first write.
 */
export async function removeNetwork(docker: Docker, id: string, confirm: () => void): Promise<void> {
  const what = `remove network ${id}`;
  const network = docker.getNetwork(id);
  const inspected = await call(what, () => network.inspect() as Promise<Docker.NetworkInspectInfo>, [404]);
  if (!inspected) return;
  const { name, labels } = networkView(inspected);
  const attached = await unusedBut(docker, { id, name, labels, what });
  confirm();
  for (const container of attached) await disconnect(network, container, what);
  try {
    await call(what, () => network.remove(), [404]);
  } catch (error) {
    if (/in use|has active endpoints/.test(words(error)))
      throw new PortError('retry', words(error), { cause: error });
    throw error;
  }
}

interface Wanted {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly what: string;
}

interface RawService {
  readonly Spec?: {
    readonly Name?: string;
    readonly TaskTemplate?: { readonly Networks?: readonly { readonly Target?: string }[] };
  };
}

/** Ids of the containers that may be disconnected; throws if anything else is on the network. */
async function unusedBut(docker: Docker, { id, name, labels, what }: Wanted): Promise<readonly string[]> {
  // Every user counts, whoever owns it
  const seen = await call(what, () =>
    Promise.all([
      docker.listServices(),
      docker.listTasks(),
      docker.listContainers({ all: true, filters: { network: [id] } }),
    ]),
  );
  const [services = [], tasks = [], containers = []] = seen ?? [];
  const busy = (user: string): PortError => new PortError('retry', `${what}: ${name} is in use by ${user}`);
  const service = (services as readonly RawService[]).find(({ Spec }) =>
    Spec?.TaskTemplate?.Networks?.some(({ Target }) => Target === id || Target === name),
  );
  if (service) throw busy(`service ${service.Spec?.Name ?? ''}`);
  // Also tasks of a removed service, until their containers have ended
  const task = tasks.map(taskView).find(one => !isTerminal(one) && one.addresses[id] !== undefined);
  if (task) throw busy(`task ${task.id}`);
  const other = containers.map(packageView).find(one => !mayLeave(one.labels, labels));
  if (other) throw busy(`container ${other.name}`);
  return containers.map(({ Id }) => Id);
}

function mayLeave(container: Labels, network: Labels): boolean {
  const part = container[LABEL.part];
  const same = container[LABEL.installation] === network[LABEL.installation];
  return part === 'zookeeper' || (part === 'package' && same);
}

async function disconnect(network: Docker.Network, container: string, what: string): Promise<void> {
  try {
    await network.disconnect({ Container: container });
  } catch (error) {
    // Disconnected by an earlier call whose reply was lost, or removed since
    if (/is not connected|No such container/i.test(words(error))) return;
    throw portError(`${what}: disconnect container ${container}`, error);
  }
}
