import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { PATHS } from '../../core/protocol.js';

export interface AgentFile {
  /** Below the agent's folder, e.g. `bin/node`. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

export interface AgentFiles {
  /** By path; `SHA256SUMS` among them. */
  readonly files: readonly AgentFile[];
  /** Digest of all files, 12 hexadecimal digits. */
  readonly content: string;
  /** Starts the agent in any container that has the volume: the loader is ours, so the image's C library does not matter. */
  readonly command: readonly string[];
}

const BUNDLES = ['agent.cjs', 'agent-ssh.cjs'] as const;
const RECORDER = 'rank.sh';

/**
 * What goes into the agent's volume: this machine's Node, the libraries and the loader that it needs, the bundled agent
 * and the recorder of ranks.
 * @param bundles folder that holds the agent's bundles.
 * @throws where a file is missing, or Node is linked in a way that ldd cannot tell.
 */
export async function agentFiles(bundles: string, node = process.execPath): Promise<AgentFiles> {
  const { libraries, loader } = await linkedWith(node);
  const read = async (path: string, from: string, executable: boolean): Promise<AgentFile> => ({
    path,
    content: await readFile(from),
    executable,
  });
  const files = await Promise.all([
    read('bin/node', node, true),
    read('bin/rank', join(bundles, RECORDER), true),
    ...[...libraries, loader].map(library => read(`lib/${basename(library)}`, library, true)),
    ...BUNDLES.map(bundle => read(bundle, join(bundles, bundle), false)),
  ]);
  const sorted = files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const sums = sorted.map(({ path, content }) => `${sha256(content)}  ${path}\n`).join('');
  return {
    files: [...sorted, { path: 'SHA256SUMS', content: Buffer.from(sums), executable: false }],
    content: sha256(Buffer.from(sums)).slice(0, 12),
    command: agentCommand(basename(loader)),
  };
}

function agentCommand(loader: string): readonly string[] {
  const at = (path: string): string => `${PATHS.agent}/${path}`;
  return [at(`lib/${loader}`), '--library-path', at('lib'), at('bin/node'), at(BUNDLES[0])];
}

/** What ldd(1) says: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)`, and the loader as a path of its own. */
async function linkedWith(
  node: string,
): Promise<{ readonly libraries: readonly string[]; readonly loader: string }> {
  const { stdout } = await promisify(execFile)('ldd', [node], { timeout: 10_000 });
  const missing = /^\s*(\S+) => not found/m.exec(stdout);
  if (missing) throw new Error(`${node} needs ${missing[1]}, which ldd does not find`);
  const libraries = [...stdout.matchAll(/=> (\/\S+) \(0x/g)].flatMap(([, path]) => (path ? [path] : []));
  const loader = /^\s*(\/\S+) \(0x/m.exec(stdout)?.[1];
  if (!loader) throw new Error(`${node}: ldd names no loader, expected a dynamically linked Node`);
  return { libraries: libraries.filter(path => path !== loader), loader };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
