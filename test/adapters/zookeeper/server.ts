import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A ZooKeeper server of the test's own, on loopback; its port stays the same over restarts. */
export interface ZooKeeperServer {
  readonly port: number;
  /** SIGKILL; resolves when the process is gone. The data stay. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts again after {@link kill}; resolves when clients are served. */
  restart(): Promise<void>;
  /** Kills it, and removes its data when they were made here. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly port?: number;
  readonly dataDir?: string;
  /** Further lines of its configuration, of which a later one counts. */
  readonly config?: readonly string[];
  /** Of Java's heap, in MB. */
  readonly heap?: number;
}

/** Starts Debian's ZooKeeper, installing the package where it is missing. Resolves when clients are served. */
export async function startZooKeeper(options: ServerOptions = {}): Promise<ZooKeeperServer> {
  install();
  const port = options.port ?? (await freePort());
  const home = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'mpiswarm-zookeeper-')));
  const { config: more = [], heap = 256 } = options;
  await writeFile(join(home, 'zoo.cfg'), config(port, home, more));
  let java = await launch(home, port, heap);
  const kill = async (): Promise<void> => {
    if (java.exitCode !== null || java.signalCode !== null) return;
    const gone = once(java, 'exit');
    java.kill('SIGKILL');
    await gone;
  };
  return {
    port,
    kill,
    pause: () => {
      java.kill('SIGSTOP');
      while (isRunning(java)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    },
    resume: () => void java.kill('SIGCONT'),
    restart: async () => {
      await kill();
      java = await launch(home, port, heap);
    },
    stop: async () => {
      await kill();
      if (options.dataDir === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

/** Short ticks, so that sessions of one second are granted. */
function config(port: number, home: string, more: readonly string[]): string {
  return `${[
    'tickTime=200',
    'minSessionTimeout=400',
    'maxSessionTimeout=60000',
    `dataDir=${home}`,
    'clientPortAddress=127.0.0.1',
    `clientPort=${port}`,
    'maxClientCnxns=0',
    'admin.enableServer=false',
    'forceSync=no',
    ...more,
  ].join('\n')}\n`;
}

async function launch(home: string, port: number, heap: number): Promise<ChildProcess> {
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const args = [`-Xmx${heap}m`, '-XX:TieredStopAtLevel=1', '-cp', '/usr/share/java/zookeeper.jar', main];
  const java = spawn('java', [...args, join(home, 'zoo.cfg')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [java.stdout, java.stderr])
    stream.on('data', chunk => {
      output = (output + String(chunk)).slice(-4_096);
    });
  const killed = (): void => void java.kill('SIGKILL');
  process.once('exit', killed);
  java.once('exit', () => process.off('exit', killed));
  for (let tries = 0; tries < 300; tries++) {
    if (java.exitCode !== null) break;
    if (await answers(port)) return java;
    await sleep(50);
  }
  java.kill('SIGKILL');
  throw new Error(`zookeeper did not start on port ${port}: ${output}`);
}

/** The kernel stops a process thread by thread, and on a busy machine one may still answer; `T` is the state of one that has stopped. */
function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  if (exitCode !== null || signalCode !== null) return false;
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.some(tid => {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  });
}

/** A client that says hello gets a session, or the server is not ready. */
function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => resolve(false));
    socket.on('data', () => end(true));
    const hello = Buffer.alloc(4 + 44);
    hello.writeInt32BE(44, 0);
    hello.writeInt32BE(400, 4 + 12);
    hello.writeInt32BE(16, 4 + 24);
    socket.on('connect', () => socket.write(hello));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function install(): void {
  if (existsSync('/usr/share/java/zookeeper.jar')) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'zookeeper'], {
    env,
    encoding: 'utf8',
  });
  if (apt.status !== 0) throw new Error(`apt-get install zookeeper: ${apt.stderr}`);
}
