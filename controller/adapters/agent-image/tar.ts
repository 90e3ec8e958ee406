import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type Docker from 'dockerode';
import { LABEL } from '../../core/names.js';
import { PATHS } from '../../core/protocol.js';
import { statusCode, words } from '../swarm/engine.js';
import { librariesOf } from './libraries.js';
import { type TarEntry, ustar } from './ustar.js';

export interface AgentImageSources {
  /** The Node that the agent brings along; the one that runs this, when not given. */
  readonly node?: string;
  /** Folder with the agent's bundle, `agent*.mjs` and `agent*.cjs`; `dist/` of this installation when not given. */
  readonly bundle?: string;
  /** Shell script that records a rank; `images/agent/rank.sh` of this installation when not given. */
  readonly rank?: string;
}

export interface AgentImage {
  /** 12 hexadecimal digits, changed by any change of what is in the image. */
  readonly contentHash: string;
  /** `mpiswarm/agent:<contentHash>` */
  readonly ref: string;
  /** Command line that starts the agent, out of the image or out of a volume with its content. */
  readonly command: readonly string[];
  /** The image's file system as a tar archive, always the same bytes for the same content. */
  tar(): Readable;
  /** Makes the image on an engine unless it is there; returns its id. */
  importInto(docker: Docker): Promise<string>;
}

const IMPORT_MS = 300_000;

/**
 * The agent's image: Node, the libraries that it needs and their loader, the agent's bundle and the rank recorder, and nothing else.
 * It has no base image, so it needs no registry; and it runs in any image's file system, because it uses nothing of it.
 */
export async function agentImageTar(sources: AgentImageSources = {}): Promise<AgentImage> {
  const root = installation();
  const node = sources.node ?? process.execPath;
  const { loader, files } = await librariesOf(node);
  const bundle = await bundleEntries(sources.bundle ?? join(root, 'dist'));
  const libraries = await Promise.all(files.map(path => entry(`lib/${basename(path)}`, 0o755, path)));
  const entries: TarEntry[] = [
    await entry('bin/node', 0o755, node),
    await entry('bin/rank', 0o755, sources.rank ?? join(root, 'images', 'agent', 'rank.sh')),
    ...libraries,
    ...bundle,
  ];
  const sums = checksums(entries);
  const contentHash = createHash('sha256').update(sums).digest('hex').slice(0, 12);
  const all = [...entries, { path: inImage('SHA256SUMS'), mode: 0o644, content: Buffer.from(sums) }];
  const command = commandLine(loader);
  const image = {
    contentHash,
    ref: `mpiswarm/agent:${contentHash}`,
    command,
    tar: () => Readable.from(ustar(all)),
  };
  return { ...image, importInto: docker => importImage(docker, image) };
}

/** Node is started by its own loader with its own libraries, whatever C library the image has. */
function commandLine(loader: string | undefined): readonly string[] {
  const lib = `${PATHS.agent}/lib`;
  const started = loader === undefined ? [] : [`${lib}/${basename(loader)}`, '--library-path', lib];
  return [...started, `${PATHS.agent}/bin/node`, `${PATHS.agent}/agent.mjs`];
}

async function bundleEntries(folder: string): Promise<readonly TarEntry[]> {
  const names = existsSync(folder)
    ? (await readdir(folder)).filter(name => /^agent[\w-]*\.[cm]js$/.test(name))
    : [];
  if (!names.includes('agent.mjs'))
    throw new Error(
      `the agent's bundle ${join(folder, 'agent.mjs')} is not there; build it with npm run build`,
    );
  return Promise.all(names.map(name => entry(name, 0o644, join(folder, name))));
}

async function entry(path: string, mode: number, from: string): Promise<TarEntry> {
  return { path: inImage(path), mode, content: await readFile(from) };
}

const inImage = (path: string): string => `${PATHS.agent.slice(1)}/${path}`;

/** As sha256sum(1) writes and checks them, relative to the agent's folder, in order of the paths. */
function checksums(entries: readonly TarEntry[]): string {
  const prefix = inImage('').length;
  return [...entries]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(
      ({ path, content }) => `${createHash('sha256').update(content).digest('hex')}  ${path.slice(prefix)}\n`,
    )
    .join('');
}

/** The nearest folder above this file with a package.json: the same whether this runs bundled in `dist/` or from source. */
function installation(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    if (dir === dirname(dir)) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    dir = dirname(dir);
  }
  return dir;
}

async function importImage(
  docker: Docker,
  { contentHash, ref, command, tar }: Omit<AgentImage, 'importInto'>,
): Promise<string> {
  const known = await idOf(docker, ref);
  if (known !== undefined) return known;
  const [repo, tag] = ref.split(':');
  const changes = [
    `LABEL ${LABEL.part}=agent ${LABEL.agent}=${contentHash}`,
    `CMD ${JSON.stringify(command)}`,
  ].join('\n');
  const signal = AbortSignal.timeout(IMPORT_MS);
  try {
    const answer = (await docker.importImage(tar(), { repo, tag, changes, abortSignal: signal })) as Readable;
    const said = Buffer.concat(await answer.toArray({ signal })).toString();
    // The engine may answer 200 before it has read the archive.
    if (said.includes('"errorDetail"')) throw new Error(said.trim());
  } catch (error) {
    throw new Error(`import the agent's image ${ref}: ${words(error)}`, { cause: error });
  }
  const id = await idOf(docker, ref);
  if (id === undefined) throw new Error(`import the agent's image ${ref}: it is not there afterwards`);
  return id;
}

async function idOf(docker: Docker, ref: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(ref).inspect()).Id;
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw new Error(`look for the image ${ref}: ${words(error)}`, { cause: error });
  }
}
