import type Docker from 'dockerode';
import { LABEL } from '../../core/model/names.js';
import { isTerminal, type Labels, type TaskView } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import { call, portError, statusCode, words } from '../docker/engine.js';
import { networkView, objectView, packageView, serviceView, taskView } from '../docker/views.js';
import { leaveOwnSwarm } from './swarm-mode.js';

export interface DownOptions {
  /**
   * True if the engine is a manager of a swarm; otherwise it's in no swarm, and may still hold our containers and
   * volumes.
   */
  readonly inSwarm: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface InstallationToRemove extends DownOptions {
  /** Undefined if unknown, as on an engine that has left its swarm. */
  readonly id: string | undefined;
  /** It uses the embedded ZooKeeper. */
  readonly ownZooKeeper: boolean;
}

const ours = { filters: { label: [LABEL.part] } };
/** Removing an overlay service takes Docker 6 to 7 s; containers that ignore SIGTERM get their grace time. */
const GONE_TIMEOUT_MS = 90_000;
const POLL_MS = 250;

/**
 * Removes everything with our label from this engine's swarm, and nothing else. Services go first; when their
 * containers are gone, secrets, configs, ZooKeeper, package servers, networks, and this engine's volumes and agent
 * images. A network is removed only when its tasks are gone: removed earlier it would leak addresses (moby #37338).
 */
export async function removeEverything(docker: Docker, options: DownOptions): Promise<readonly string[]> {
  if (options.inSwarm) await removeSwarmObjects(docker, options, EVERYTHING);
  await removeContainers(docker, options, EVERYTHING);
  if (options.inSwarm) await removeNetworks(docker, options);
  await removeLocal(docker, options);
  if (options.inSwarm && (await leaveOwnSwarm(docker)))
    options.say('left the swarm that mpiswarm had made of this engine');
  return [];
}

/**
 * Removes everything with the label of one installation. Shared parts (networks, agent, embedded ZooKeeper and the
 * swarm) go too if no other installation is left.
 * @returns a line for each thing that other installations own; shared parts stay with them.
 */
export async function removeInstallation(
  docker: Docker,
  options: InstallationToRemove,
): Promise<readonly string[]> {
  const { inSwarm, id, ownZooKeeper } = options;
  if (inSwarm && id !== undefined) {
    const own: Scope = {
      label: `${LABEL.installation}=${id}`,
      has: labels => labels[LABEL.installation] === id && !SHARED.has(labels[LABEL.part] ?? ''),
    };
    await removeSwarmObjects(docker, options, own);
    await removeContainers(docker, options, own);
  }
  const stays = [
    ...(inSwarm ? await thingsOfOthers(docker, id) : []),
    ...(ownZooKeeper ? [] : await zooKeeperOfOthers(docker)),
  ];
  return stays.length > 0 ? stays : removeEverything(docker, options);
}

/** Parts that all installations of a swarm share, whichever created them. */
const SHARED: ReadonlySet<string> = new Set(['agent', 'network', 'zookeeper']);

/** An installation's state is in the swarm: a container left on an engine outside any swarm is useless. */
async function thingsOfOthers(docker: Docker, id: string | undefined): Promise<readonly string[]> {
  const [services, secrets, configs, networks, containers] = await Promise.all([
    docker.listServices(ours),
    docker.listSecrets(ours),
    docker.listConfigs(ours),
    docker.listNetworks(ours),
    docker.listContainers({ all: true, filters: { label: [`${LABEL.part}=package`] } }),
  ]);
  const named: readonly (readonly [string, string, Labels])[] = [
    ...services.map(serviceView).map(({ name, labels }) => ['service', name, labels] as const),
    ...secrets.map(objectView).map(({ name, labels }) => ['secret', name, labels] as const),
    ...configs.map(objectView).map(({ name, labels }) => ['config', name, labels] as const),
    ...networks.map(networkView).map(({ name, labels }) => ['network', name, labels] as const),
    ...containers.map(packageView).map(({ name, labels }) => ['container', name, labels] as const),
  ];
  return named
    .filter(([, , labels]) => labels[LABEL.installation] !== id)
    .map(([kind, name, labels]) => `${kind} ${name} stays: it belongs to ${ownerWords(labels)}`)
    .sort();
}

function ownerWords(labels: Labels): string {
  const owner = labels[LABEL.installation];
  return owner === undefined ? 'an installation that it does not name' : `installation ${owner}`;
}

async function zooKeeperOfOthers(docker: Docker): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.part}=zookeeper`] };
  const [containers, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters }),
  ]);
  const whose = 'stays: it belongs to an installation with the embedded ZooKeeper';
  return [
    ...containers.map(({ Id, Names }) => `container ${Names[0]?.slice(1) ?? Id} ${whose}`),
    ...Volumes.map(({ Name }) => `volume ${Name} ${whose}`),
  ];
}

/** Which things to remove. */
interface Scope {
  /** A filter that all of them match, and maybe others. */
  readonly label: string;
  readonly has: (labels: Labels) => boolean;
}

const EVERYTHING: Scope = { label: LABEL.part, has: () => true };

async function removeSwarmObjects(docker: Docker, { say, signal }: DownOptions, scope: Scope): Promise<void> {
  const filters = { label: [scope.label] };
  const services = (await docker.listServices({ filters })).map(serviceView);
  for (const { id, name } of services.filter(({ labels }) => scope.has(labels))) {
    say(`removing service ${name}`);
    await call(`remove service ${id}`, () => docker.getService(id).remove(), [404]);
  }
  await until('containers of removed services', signal, () => tasksGone(docker, scope));
  for (const { id, labels } of (await docker.listSecrets({ filters })).map(objectView)) {
    if (scope.has(labels)) await call(`remove secret ${id}`, () => docker.getSecret(id).remove(), [404]);
  }
  for (const { id, labels } of (await docker.listConfigs({ filters })).map(objectView)) {
    if (scope.has(labels)) await call(`remove config ${id}`, () => docker.getConfig(id).remove(), [404]);
  }
}

/** True if no container of a removed service is left, in the swarm or on this engine. */
async function tasksGone(docker: Docker, { label, has }: Scope): Promise<boolean> {
  const filters = { label: [label] };
  const [services, tasks, containers] = await Promise.all([
    docker.listServices({ filters }),
    docker.listTasks({ filters }),
    docker.listContainers({ filters }),
  ]);
  const there = new Set(services.map(({ ID }) => ID));
  const alone = (part: string | undefined): boolean => part === 'zookeeper' || part === 'package';
  return (
    !tasks.map(taskView).some(task => !there.has(task.service) && mayHaveContainer(task)) &&
    containers.every(({ Labels }) => alone(Labels[LABEL.part]) || !has(Labels))
  );
}

async function removeContainers(docker: Docker, { say, signal }: DownOptions, { has }: Scope): Promise<void> {
  for (const { Id, Names, Labels } of await docker.listContainers({ all: true, ...ours })) {
    if (!has(Labels)) continue;
    const name = Names[0]?.slice(1) ?? Id;
    say(`removing container ${name}`);
    // 409: the engine is removing it already, as it does after its task has ended
    await call(
      `remove container ${Id}`,
      () => docker.getContainer(Id).remove({ force: true, v: false }),
      [404, 409],
    );
    await until(`container ${name}`, signal, () => isGone(() => docker.getContainer(Id).inspect()));
  }
}

async function removeNetworks(docker: Docker, { say, signal }: DownOptions): Promise<void> {
  for (const { Id, Name } of await docker.listNetworks(ours)) {
    say(`removing network ${Name}`);
    await retryInUse(`remove network ${Name}`, signal, () => docker.getNetwork(Id).remove());
    // The swarm forgets it at once, this engine a moment later
    await until(`network ${Name}`, signal, () => isGone(() => docker.getNetwork(Id).inspect()));
  }
}

/** Removes what only this engine has: volumes and the agent's images. */
async function removeLocal(docker: Docker, { say, signal }: DownOptions): Promise<void> {
  const { Volumes } = await docker.listVolumes(ours);
  for (const { Name } of Volumes) {
    say(`removing volume ${Name}`);
    await retryInUse(`remove volume ${Name}`, signal, () => docker.getVolume(Name).remove());
  }
  for (const { Id, RepoTags } of await docker.listImages({ filters: { label: [LABEL.agent] } })) {
    say(`removing image ${RepoTags?.[0] ?? Id}`);
    await call(`remove image ${Id}`, () => docker.getImage(Id).remove({ force: true }), [404]);
  }
}

/** A task without a node never gets one, because its service is gone. */
function mayHaveContainer(task: TaskView): boolean {
  return !isTerminal(task) && !['new', 'allocated', 'pending'].includes(task.state);
}

async function retryInUse(what: string, signal: AbortSignal, remove: () => Promise<unknown>): Promise<void> {
  await until(what, signal, async () => {
    try {
      await remove();
      return true;
    } catch (error) {
      if (statusCode(error) === 404) return true;
      if (/in use|has active endpoints/.test(words(error))) return false;
      throw new PortError('blocked', `${what}: ${words(error)}`, { cause: error });
    }
  });
}

async function isGone(inspect: () => Promise<unknown>): Promise<boolean> {
  try {
    await inspect();
    return false;
  } catch (error) {
    if (statusCode(error) === 404) return true;
    throw portError('check whether it is gone', error);
  }
}

async function until(what: string, signal: AbortSignal, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  while (!(await done())) {
    if (signal.aborted) throw new PortError('retry', `${what}: interrupted; run mpiswarm down again`);
    if (performance.now() > deadline)
      throw new PortError('blocked', `${what}: still not gone after ${GONE_TIMEOUT_MS / 1_000} s`);
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}
