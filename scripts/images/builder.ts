import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Docker from 'dockerode';
import { PATH } from '../cluster/lib/command.js';
import { killGroup, removeGroup } from '../cluster/node/cgroup.js';
import { MADE_LABEL } from './base.js';
import { progress } from './progress.js';

const START_MS = 60_000;
const STOP_MS = 20_000;
const PING_MS = 5_000;
const FILE_MS = 300_000;

/**
 * Surroundings of the builder's own, gone with its last process: a /run in which it finds neither the machine's
 * containerd nor a firewall daemon, but still the name servers, where /etc/resolv.conf is a link into it.
 */
const SURROUNDINGS = `
set -e
dir=$1; shift
names=$(readlink -f /etc/resolv.conf || true)
case $names in /run/*) cp -a "\${names%/*}" "$dir/names" ;; esac
mount -t tmpfs -o mode=755 tmpfs /run
case $names in /run/*) mkdir -p "\${names%/*}"; cp -a "$dir/names/." "\${names%/*}/" ;; esac
exec "$@"
`;

/** The engine takes each as a query parameter of its own. */
const CHANGES: readonly string[] = ['CMD ["bash"]', `LABEL ${MADE_LABEL}=made`];

/** A private Docker Engine that only builds: no networks, no firewall rules, nothing of it outside its folder. */
export interface Builder {
  readonly docker: Docker;
  /** Address of the engine, `unix:///…`. */
  readonly host: string;
  /** Makes a base image of a file system's archive. */
  importBase(tar: string, ref: string): Promise<void>;
  load(tar: string): Promise<void>;
  save(ref: string, tar: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the engine in `dir`. It dies with this process, and so do its containers: they share a PID namespace, and
 * the kernel signals its first process.
 */
export async function startBuilder(dir: string): Promise<Builder> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'daemon.json'), '{}\n');
  const socket = join(dir, 'docker.sock');
  const group = `mpiswarm-builder-${randomBytes(4).toString('hex')}`;
  const log = join(dir, 'engine.log');
  const out = openSync(log, 'a');
  const engine = spawn('setpriv', [...isolated(dir), ...engineArgv(dir, socket, group)], {
    stdio: ['ignore', out, out],
    env: { ...process.env, PATH },
  });
  const docker = new Docker({ socketPath: socket });
  await waitUntilUp(socket, engine, log);
  return {
    docker,
    host: `unix://${socket}`,
    importBase: async (tar, ref) => {
      const [repo = '', tag = ''] = ref.split(':');
      const answer = await docker.importImage(createReadStream(tar), { repo, tag, changes: CHANGES });
      await progress(answer, { what: `import ${ref}`, deadlineMs: FILE_MS });
    },
    load: async tar => {
      await progress(await docker.loadImage(createReadStream(tar)), {
        what: `load ${tar}`,
        deadlineMs: FILE_MS,
      });
    },
    save: async (ref, tar) => {
      const signal = AbortSignal.timeout(FILE_MS);
      await pipeline(await docker.getImage(ref).get(), createWriteStream(tar), { signal });
    },
    stop: () => stop(engine, group),
  };
}

function isolated(dir: string): readonly string[] {
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
  return ['--pdeathsig', 'SIGKILL', ...unshare, 'sh', '-c', SURROUNDINGS, 'builder', dir];
}

function engineArgv(dir: string, socket: string, group: string): readonly string[] {
  return [
    'dockerd',
    `--config-file=${join(dir, 'daemon.json')}`,
    `--host=unix://${socket}`,
    `--data-root=${join(dir, 'data')}`,
    '--exec-root=/run/docker',
    '--pidfile=/run/docker.pid',
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=/${group}`,
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
  ];
}

async function waitUntilUp(socketPath: string, engine: ChildProcess, log: string): Promise<void> {
  const docker = new Docker({ socketPath, timeout: PING_MS });
  const deadline = performance.now() + START_MS;
  for (;;) {
    const problem = await docker.ping().then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (problem === undefined) return;
    const ended = engine.exitCode !== null || engine.signalCode !== null;
    if (ended || performance.now() > deadline) {
      engine.kill('SIGKILL');
      const words = (await readFile(log, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new Error(`start a Docker Engine to build images: ${problem}\n${words}`);
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

async function stop(engine: ChildProcess, group: string): Promise<void> {
  if (engine.exitCode === null && engine.signalCode === null) await kill(engine);
  await killGroup(group);
  await removeGroup(group);
}

async function kill(engine: ChildProcess): Promise<void> {
  const ended = once(engine, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
  // Its data is removed next, so a graceful stop has no use.
  engine.kill('SIGKILL');
  await ended;
}
