import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { LABEL } from '../../core/names.js';
import { PATHS } from '../../core/protocol.js';
import { portError, statusCode } from '../swarm/engine.js';
import type { AgentFiles } from './files.js';

export const AGENT_REPOSITORY = 'mpiswarm/agent';

/** Name of the image that holds these files. */
export function agentImageName({ content }: AgentFiles): string {
  return `${AGENT_REPOSITORY}:${content}`;
}

/**
 * Makes the agent's image on an engine, where it is not there yet: nothing but the agent's folder, no base image. The
 * command is kept as a label too, so that an image from a registry tells how to start what is in it.
 * @returns its id, and whether it had to be made. Swarm is given the id: by a tag every node would ask a registry first.
 */
export async function ensureAgentImage(
  docker: Docker,
  agent: AgentFiles,
): Promise<{ readonly id: string; readonly made: boolean }> {
  const name = agentImageName(agent);
  try {
    const { Id } = await docker.getImage(name).inspect();
    return { id: Id, made: false };
  } catch (error) {
    if (statusCode(error) !== 404) throw portError(`look for image ${name}`, error);
  }
  const [repo, tag] = name.split(':');
  const changes = [
    `LABEL ${LABEL.part}=agent ${LABEL.agent}=${agent.content}`,
    `CMD ${JSON.stringify(agent.command)}`,
  ];
  try {
    const answer = await docker.importImage(archive(agent), { repo, tag, changes });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(answer, error => (error ? reject(error) : resolve()));
    });
    const { Id } = await docker.getImage(name).inspect();
    return { id: Id, made: true };
  } catch (error) {
    throw portError(`import image ${name}`, error);
  }
}

/** A tar archive that is byte-equal for equal files: sorted, no owner, no time. */
function archive({ files }: AgentFiles): NodeJS.ReadableStream {
  const tar = pack();
  const root = PATHS.agent.slice(1);
  const write = async (): Promise<void> => {
    for (const { path, content, executable } of files) {
      await new Promise<void>((resolve, reject) => {
        const header = {
          name: `${root}/${path}`,
          mode: executable ? 0o755 : 0o644,
          mtime: new Date(0),
          size: content.length,
        };
        tar.entry(header, content, error => (error ? reject(error) : resolve()));
      });
    }
    tar.finalize();
  };
  write().catch((error: unknown) => tar.destroy(error as Error));
  return tar.pipe(new PassThrough());
}
