import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PATHS } from '../../../shared/protocol/protocol.js';
import { librariesOf } from './libraries.js';

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
  /**
   * Starts the agent in any container with the volume. It uses our loader, so the image's C library doesn't matter.
   */
  readonly command: readonly string[];
}

const AGENT = 'agent.cjs';
const EACH = 'each.cjs';
const BUNDLES = [AGENT, 'agent-ssh.cjs', 'agent-package.cjs', EACH] as const;
const RECORDER = 'rank.sh';

/**
 * The files of the agent's volume: this machine's Node with its libraries and loader, the bundled agent, the recorder
 * of ranks, and the starter of ranks without mpirun.
 * @param bundles folder that holds the agent's bundles.
 * @throws if a file is missing, or ldd(1) doesn't find a library.
 */
export async function agentFiles(bundles: string, node = process.execPath): Promise<AgentFiles> {
  const { loader, files: libraries } = await librariesOf(node);
  const read = async (path: string, from: string, executable: boolean): Promise<AgentFile> => ({
    path,
    content: await readFile(from),
    executable,
  });
  const files = await Promise.all([
    read('bin/node', node, true),
    read('bin/rank', join(bundles, RECORDER), true),
    ...libraries.map(library => read(`lib/${basename(library)}`, library, true)),
    ...BUNDLES.map(bundle => read(bundle, join(bundles, bundle), false)),
  ]);
  const each = `#!/bin/sh\nexec ${nodeCommand(loader, EACH).join(' ')} "$@"\n`;
  const all = [...files, { path: 'bin/each', content: Buffer.from(each), executable: true }];
  const sorted = all.sort((a, b) => (a.path < b.path ? -1 : 1));
  const sums = sorted.map(({ path, content }) => `${sha256(content)}  ${path}\n`).join('');
  return {
    files: [...sorted, { path: 'SHA256SUMS', content: Buffer.from(sums), executable: false }],
    content: sha256(Buffer.from(sums)).slice(0, 12),
    command: nodeCommand(loader, AGENT),
  };
}

/** Node is started by its own loader, unless it is linked statically. */
function nodeCommand(loader: string | undefined, bundle: string): readonly string[] {
  const at = (path: string): string => `${PATHS.agent}/${path}`;
  const started = loader === undefined ? [] : [at(`lib/${basename(loader)}`), '--library-path', at('lib')];
  return [...started, at('bin/node'), at(bundle)];
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
