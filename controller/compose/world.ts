import type Docker from 'dockerode';
import { registryAuth } from '../adapters/docker/registry-auth.js';
import { findAgent } from '../adapters/setup/agent.js';
import { nodeId, swarmMode } from '../adapters/setup/swarm-mode.js';
import { zooKeeperPort } from '../adapters/setup/zookeeper-container.js';
import { DockerSwarm } from '../adapters/swarm/swarm.js';
import type { CliWorld } from '../cli/context/ports.js';
import type { JobRecord } from '../core/model/record.js';
import type { Installation } from '../core/model/specs.js';
import type { Reservation, SwarmWorld } from '../core/model/world.js';
import { PortError } from '../ports/errors.js';
import type { StateStore } from '../ports/state-store.js';
import type { Settings } from '../settings/settings.js';
import { errorMessage } from '../shared/error-message.js';
import { given } from '../shared/given.js';
import { installationAddress } from './installation.js';

/**
 * Reads the world without changing it, and never fails: what cannot be read is absent, and a line says why, once.
 * @param agent finds what `up` would install on the nodes.
 */
export async function inspectWorld(
  settings: Settings,
  docker: Docker,
  connect: () => Promise<StateStore>,
  agent = findAgent,
): Promise<CliWorld> {
  const problems: string[] = [];
  const note = (error: unknown): undefined => {
    problems.push(errorMessage(error));
    return undefined;
  };
  const { swarm, others } = (await readSwarm(settings, docker).catch(note)) ?? {};
  const jobs = await readJobs(connect).catch(note);
  const installation = swarm && (await readInstallation(settings, docker, agent).catch(note));
  return { ...given({ swarm, others, jobs, installation }), problems: [...new Set(problems)] };
}

/** As `up` would have it with the same settings; undefined where it would have to pull an image to know. */
async function readInstallation(
  settings: Settings,
  docker: Docker,
  agent: typeof findAgent,
): Promise<Installation | undefined> {
  const found = await agent(docker, settings.agentImage);
  if (!found) return undefined;
  return {
    ...installationAddress(settings, await nodeId(docker)),
    znode: settings.zookeeperRoot,
    agent: found,
    sessionTimeoutMs: settings.sessionTimeout,
    graceMs: settings.grace,
  };
}

async function readSwarm(
  settings: Settings,
  docker: Docker,
): Promise<{ readonly swarm: SwarmWorld; readonly others: readonly Reservation[] }> {
  // Where no engine answers this says so in the same words as the search for ZooKeeper does
  await swarmMode(docker, settings.docker);
  const embedded = settings.zookeeper === undefined && (await zooKeeperPort(docker)) !== undefined;
  const swarm = new DockerSwarm(docker, { embeddedZooKeeper: embedded, registryAuth });
  const [seen, others] = await Promise.all([swarm.observe(), swarm.reservations()]);
  await swarm.close();
  if (!seen.ok) throw new PortError('blocked', seen.error);
  if (!others.ok) throw new PortError('blocked', others.error);
  return { swarm: seen.value, others: others.value };
}

async function readJobs(connect: () => Promise<StateStore>): Promise<ReadonlyMap<string, JobRecord>> {
  const registry = await connect();
  try {
    const seen = await registry.observe([]);
    if (!seen.ok) throw new PortError('blocked', seen.error);
    return new Map([...seen.value.jobs].map(([key, { record }]) => [key, record]));
  } finally {
    await registry.close();
  }
}
