import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { LABEL } from '../../../core/model/names.js';
import { PATHS } from '../../../shared/protocol/protocol.js';
import { call, patient, portError, statusCode } from '../../docker/engine.js';
import type { AgentFiles } from './files.js';

const AGENT_REPOSITORY = 'mpiswarm/agent';
/** Time to unpack a hundred megabytes on a slow, shared disk; the engine reports no progress. */
const LOAD_MS = 300_000;

/** Name of the image that holds these files. */
export function agentImageName({ content }: AgentFiles): string {
  return `${AGENT_REPOSITORY}:${content}`;
}

export interface AgentImage {
  /**
   * The same on every engine, because it depends only on the files. Swarm gets the id: with a tag, nodes would ask a
   * registry.
   */
  readonly id: string;
  /** True if this call created it. */
  readonly made: boolean;
}

/**
 * Creates the agent's image on an engine if it's missing: only the agent's folder, no base image. It holds the
 * command too, so that an image from a registry says how to start it.
 */
export async function ensureAgentImage(docker: Docker, agent: AgentFiles): Promise<AgentImage> {
  const name = agentImageName(agent);
  const layer = await layerArchive(agent);
  const config = Buffer.from(JSON.stringify(imageConfig(agent, sha256(layer))));
  const id = `sha256:${sha256(config)}`;
  if (await isThere(docker, id)) return { id, made: false };
  const archive = imageArchive(name, { layer, config });
  const what = `load image ${name}`;
  const answer = await call(what, () => patient(docker, LOAD_MS).loadImage(archive, { quiet: true }));
  const said = answer ? (await buffer(answer)).toString() : '';
  if (!(await isThere(docker, id)))
    throw portError(what, new Error(said.trim() || 'it is not there afterwards'));
  return { id, made: true };
}

async function isThere(docker: Docker, id: string): Promise<boolean> {
  try {
    await docker.getImage(id).inspect();
    return true;
  } catch (error) {
    if (statusCode(error) === 404) return false;
    throw portError(`look for image ${id}`, error);
  }
}

/**
 * Docker's image configuration (https://github.com/opencontainers/image-spec/blob/main/config.md); no time, so no
 * change.
 */
function imageConfig(agent: AgentFiles, layer: string): object {
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Cmd: agent.command,
      Labels: { [LABEL.part]: 'agent', [LABEL.agent]: agent.content },
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'mpiswarm' }],
  };
}

/** A tar archive that is byte-equal for equal files: sorted, no owner, no time. */
function layerArchive({ files }: AgentFiles): Promise<Buffer> {
  const root = PATHS.agent.slice(1);
  return tar(
    files.map(({ path, content, executable }) => ({
      name: `${root}/${path}`,
      content,
      mode: executable ? 0o755 : 0o644,
    })),
  );
}

/** What `docker save` writes and `docker load` reads (moby image/spec/v1.2). */
function imageArchive(name: string, { layer, config }: { readonly layer: Buffer; readonly config: Buffer }) {
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [name], Layers: ['layer.tar'] }];
  const entries = [
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)), mode: 0o644 },
    { name: configName, content: config, mode: 0o644 },
    { name: 'layer.tar', content: layer, mode: 0o644 },
  ];
  return tarStream(entries);
}

interface Entry {
  readonly name: string;
  readonly content: Buffer;
  readonly mode: number;
}

function tar(entries: readonly Entry[]): Promise<Buffer> {
  return buffer(tarStream(entries));
}

function tarStream(entries: readonly Entry[]): NodeJS.ReadableStream {
  const archive = pack();
  const write = async (): Promise<void> => {
    for (const { name, content, mode } of entries) {
      await new Promise<void>((resolve, reject) => {
        const header = { name, mode, mtime: new Date(0), size: content.length };
        archive.entry(header, content, error => (error ? reject(error) : resolve()));
      });
    }
    archive.finalize();
  };
  write().catch((error: unknown) => archive.destroy(error as Error));
  return archive.pipe(new PassThrough());
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
