import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Docker from 'dockerode';
import { LABEL } from '../../core/model/names.js';
import type { Installation } from '../../core/model/specs.js';
import { PortError } from '../../ports/errors.js';
import { portError, statusCode } from '../docker/engine.js';
import { pull } from '../docker/pull.js';
import { agentFiles } from './agent-image/files.js';
import { agentImageName, ensureAgentImage } from './agent-image/image.js';

/** The bundles are beside the bundled controller. */
const BUNDLES = dirname(fileURLToPath(import.meta.url));

export interface AgentOptions {
  /**
   * An image made by another mpiswarm, in a registry or on the engine; by default one is made from this machine's
   * Node.
   */
  readonly image?: string;
  readonly say: (line: string) => void;
}

/** Makes sure that the agent's image is on this engine, and returns its id and command. */
export async function ensureAgent(
  docker: Docker,
  { image, say }: AgentOptions,
): Promise<Installation['agent']> {
  if (image !== undefined) return fromImage(docker, image);
  const files = await agentFiles(BUNDLES);
  const { id, made } = await ensureAgentImage(docker, files);
  if (made) say(`made the agent's image ${agentImageName(files)}; other nodes of the swarm need it too`);
  return { image: id, content: files.content, command: files.command };
}

/** The result of {@link ensureAgent} without creating or pulling anything; undefined if it would have to pull. */
export async function findAgent(docker: Docker, image?: string): Promise<Installation['agent'] | undefined> {
  if (image !== undefined) {
    const found = await inspect(docker, image);
    return found && agentIn(image, found);
  }
  const files = await agentFiles(BUNDLES);
  const name = agentImageName(files);
  const made = await inspect(docker, name);
  return { image: made?.Id ?? name, content: files.content, command: files.command };
}

async function fromImage(docker: Docker, image: string): Promise<Installation['agent']> {
  return agentIn(image, await inspectOrPull(docker, image));
}

function agentIn(image: string, { Config, RepoDigests }: Docker.ImageInspectInfo): Installation['agent'] {
  const content = Config.Labels?.[LABEL.agent];
  const command = Config.Cmd;
  if (!content || !Array.isArray(command) || command.length === 0) {
    throw new PortError(
      'blocked',
      `${image} is no agent image: it has no label ${LABEL.agent} or no command`,
    );
  }
  return { image: RepoDigests?.[0] ?? image, content, command };
}

/** A pull that shows no progress for this long has failed. */
const STALL_MS = 120_000;

async function inspectOrPull(docker: Docker, image: string): Promise<Docker.ImageInspectInfo> {
  const found = await inspect(docker, image);
  if (found) return found;
  try {
    const signal = new AbortController().signal;
    await pull(docker, image, { stallMs: STALL_MS, signal, progress: () => undefined });
    return await docker.getImage(image).inspect();
  } catch (error) {
    throw portError(`pull the agent's image ${image}`, error);
  }
}

async function inspect(docker: Docker, image: string): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(image).inspect();
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw portError(`look for image ${image}`, error);
  }
}
