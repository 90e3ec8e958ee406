import type Docker from 'dockerode';
import { registryAuth } from '../adapters/docker/registry-auth.js';
import { swarmMode } from '../adapters/setup/swarm-mode.js';
import { zooKeeperPort } from '../adapters/setup/zookeeper-container.js';
import { DockerSwarm } from '../adapters/swarm/swarm.js';
import type { CliWorld } from '../cli/context/ports.js';
import type { JobRecord } from '../core/model/record.js';
import type { SwarmWorld } from '../core/model/world.js';
import { PortError } from '../ports/errors.js';
import type { Registry } from '../ports/state-store.js';
import type { Settings } from '../settings/settings.js';
import { errorMessage } from '../shared/error-message.js';
import { given } from '../shared/given.js';

/** Looks at the world without changing it, and never fails: what cannot be read is absent, and a line says why, once. */
export async function lookAtWorld(
  settings: Settings,
  docker: Docker,
  connect: () => Promise<Registry>,
): Promise<CliWorld> {
  const problems: string[] = [];
  const note = (error: unknown): undefined => {
    problems.push(errorMessage(error));
    return undefined;
  };
  const swarm = await readSwarm(settings, docker).catch(note);
  const jobs = await readJobs(connect).catch(note);
  return { ...given({ swarm, jobs }), problems: [...new Set(problems)] };
}

async function readSwarm(settings: Settings, docker: Docker): Promise<SwarmWorld> {
  // Where no engine answers this says so in the same words as the look for ZooKeeper does
  await swarmMode(docker, settings.docker);
  const embedded = settings.zookeeper === undefined && (await zooKeeperPort(docker)) !== undefined;
  const swarm = new DockerSwarm(docker, { embeddedZooKeeper: embedded, registryAuth });
  const seen = await swarm.observe();
  await swarm.close();
  if (!seen.ok) throw new PortError('blocked', seen.error);
  return seen.value;
}

async function readJobs(connect: () => Promise<Registry>): Promise<ReadonlyMap<string, JobRecord>> {
  const registry = await connect();
  try {
    const seen = await registry.observe([]);
    if (!seen.ok) throw new PortError('blocked', seen.error);
    return new Map([...seen.value.jobs].map(([key, { record }]) => [key, record]));
  } finally {
    await registry.close();
  }
}
