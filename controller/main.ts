/** The `mpiswarm` command: puts the parts together. The only place, with compose/, that sees everything. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { engineClient, portError, statusCode } from './adapters/docker/engine.js';
import { runtime } from './adapters/lib/runtime.js';
import { createFile, readFolder } from './adapters/manifests/files.js';
import { openManifest } from './adapters/manifests/open-manifest.js';
import { readManifestPaths } from './adapters/manifests/paths.js';
import { OutputFolder } from './adapters/outputs/folder.js';
import { liveOutput } from './adapters/outputs/live.js';
import { zooKeeperCredential, zooKeeperHosts } from './adapters/state-dir/credential.js';
import { OUTPUT_FOLDER } from './adapters/state-dir/installations.js';
import { ZooKeeperStateStore } from './adapters/zookeeper/state-store.js';
import type { CliPorts } from './cli/context/ports.js';
import { runCli } from './cli/program.js';
import { createProgress } from './cli/progress/progress.js';
import { down } from './compose/down.js';
import { up } from './compose/up.js';
import { inspectWorld } from './compose/world.js';
import type { Settings } from './settings/settings.js';

/** Put in place of this name by scripts/lib/build.ts: the package's version. */
declare const MPISWARM_VERSION: string;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
    // A second one ends at once, for a person who will not wait
    process.once(signal, () => process.exit(128 + (signal === 'SIGINT' ? 2 : 15)));
  });
}

const ports: CliPorts = {
  version: MPISWARM_VERSION,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  isRoot: process.getuid?.() === 0,
  stdout: process.stdout,
  stderr: process.stderr,
  now: runtime.now,
  signal: stop.signal,
  readText,
  readFolder,
  createFile,
  readManifests: readManifestPaths,
  openManifest,
  registry: settings => plainly('connect to ZooKeeper', () => connect(settings)),
  outputs: settings => outputFolder(settings),
  output: (settings, run, options) => liveOutput(engineClient(settings.docker), run, options),
  world: settings => inspectWorld(settings, engineClient(settings.docker), () => connect(settings)),
  async up(settings) {
    const progress = createProgress(settings, ports);
    try {
      const { say, report } = progress;
      await plainly('up', () => up({ settings, signal: stop.signal, say, report }));
      return 0;
    } finally {
      progress.close();
    }
  },
  async down(settings, { all }) {
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    const docker = engineClient(settings.docker);
    const around = { docker, connect: () => connect(settings), say, signal: stop.signal };
    await plainly('down', () => down({ settings, all, ...around }));
    return 0;
  },
};

process.exitCode = await runCli(process.argv.slice(2), ports);

/** An error from outside is printed as a message; only a bug of ours is printed with its stack. */
async function plainly<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const outside = statusCode(error) !== undefined || (typeof code === 'string' && /^E[A-Z]+$/.test(code));
    throw outside ? portError(what, error) : error;
  }
}

async function connect(settings: Settings): Promise<ZooKeeperStateStore> {
  const hosts = await zooKeeperHosts(settings, engineClient(settings.docker));
  const credential = await zooKeeperCredential(settings, false);
  return new ZooKeeperStateStore({
    hosts,
    root: settings.zookeeperRoot,
    credential,
    timeoutMs: settings.sessionTimeout,
  });
}

function outputFolder(settings: Settings): OutputFolder {
  return new OutputFolder(join(settings.stateDir, OUTPUT_FOLDER));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
