import type Docker from 'dockerode';
import { LABEL } from '../../core/names.js';
import { isTerminal, type TaskView } from '../../core/world.js';
import { PortError } from '../../ports.js';
import { call, portError, statusCode, words } from '../swarm/engine.js';
import { taskView } from '../swarm/views.js';
import { leaveOwnSwarm, swarmMode } from './swarm-mode.js';

export interface DownOptions {
  /** The engine's address, for messages. */
  readonly url: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const ours = { filters: { label: [LABEL.part] } };
/** Removing an overlay service takes Docker 6 to 7 s; containers that ignore SIGTERM get their grace time. */
const GONE_TIMEOUT_MS = 90_000;
const POLL_MS = 250;

/**
 * Removes everything that carries our label from this engine's swarm, and nothing else: services, then, when their
 * containers are gone, secrets, configs, ZooKeeper and what serves packages, networks, and the volumes and agent images of this engine.
 * A network is removed only when its tasks are gone: removed earlier it would leak addresses (moby #37338).
 */
export async function removeEverything(docker: Docker, options: DownOptions): Promise<void> {
  // An engine that has left its swarm may still hold our containers and volumes
  const inSwarm = (await swarmMode(docker, options.url)).mode === 'manager';
  if (inSwarm) await removeSwarmObjects(docker, options);
  await removeContainers(docker, options);
  if (inSwarm) await removeNetworks(docker, options);
  await removeLocal(docker, options);
  if (inSwarm && (await leaveOwnSwarm(docker)))
    options.say('left the swarm that mpiswarm had made of this engine');
}

async function removeSwarmObjects(docker: Docker, { say, signal }: DownOptions): Promise<void> {
  for (const { ID, Spec } of await docker.listServices(ours)) {
    say(`removing service ${Spec?.Name ?? ID}`);
    await call(`remove service ${ID}`, () => docker.getService(ID).remove(), [404]);
  }
  await until('containers of removed services', signal, async () => {
    const tasks = (await docker.listTasks(ours)).map(taskView);
    const containers = await docker.listContainers(ours);
    const alone = (part: string | undefined): boolean => part === 'zookeeper' || part === 'package';
    return !tasks.some(mayHaveContainer) && containers.every(c => alone(c.Labels[LABEL.part]));
  });
  for (const { ID } of await docker.listSecrets(ours)) {
    await call(`remove secret ${ID}`, () => docker.getSecret(ID).remove(), [404]);
  }
  for (const config of await docker.listConfigs(ours)) {
    const { ID } = config as unknown as { readonly ID: string };
    await call(`remove config ${ID}`, () => docker.getConfig(ID).remove(), [404]);
  }
}

async function removeContainers(docker: Docker, { say }: DownOptions): Promise<void> {
  for (const { Id, Names } of await docker.listContainers({ all: true, ...ours })) {
    say(`removing container ${Names[0]?.slice(1) ?? Id}`);
    await call(
      `remove container ${Id}`,
      () => docker.getContainer(Id).remove({ force: true, v: false }),
      [404],
    );
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

/** What only this engine knows: volumes and the agent's images. */
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

/** A task that no node has taken yet never will be, because its service is gone. */
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
    throw portError('look whether it is gone', error);
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
