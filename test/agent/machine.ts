import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runtime } from '../../controller/adapters/lib/runtime.js';
import { createRunOps } from '../../controller/adapters/zookeeper/znodes/run-znodes.js';
import type { RunDirectory } from '../../controller/shared/protocol/program-records.js';
import type { RunSpec } from '../../controller/shared/protocol/protocol.js';
import { digestAcl } from '../../controller/shared/zookeeper/acl.js';
import { ZooKeeperSession } from '../../controller/shared/zookeeper/session.js';
import { type AgentPaths, agentPaths } from '../../images/agent/runtime/paths.js';
import { buildAgent } from '../../scripts/lib/build.js';
import { freePort, startZooKeeper, type ZooKeeperServer } from '../adapters/zookeeper/server.js';

/** A run whose agents are processes of this machine: each has a loopback address and a folder in place of a container. */
export interface Machine {
  /** What is in a run's znode, or undefined. */
  read<T>(name: string): Promise<T | undefined>;
  /** Writes a record as the controller would. */
  create(name: string, value: unknown): Promise<void>;
  agent(options: AgentOptions): Promise<Agent>;
  readonly zookeeper: ZooKeeperServer;
  readonly spec: RunSpec;
  readonly folder: string;
  stop(): Promise<void>;
}

export interface AgentOptions {
  readonly roles: 'worker' | 'launcher' | 'launcher,worker';
  /** Last octet of its address, and worker index + 1. */
  readonly slot: number;
  readonly task?: string;
  readonly spec?: Partial<RunSpec>;
  readonly env?: Readonly<Record<string, string>>;
  /** User id to run as; this process's own when absent. */
  readonly uid?: number;
  /** A host key other than the run's. */
  readonly hostKey?: string;
}

export interface Agent {
  readonly process: ChildProcess;
  readonly paths: AgentPaths;
  stdout(): string;
  stderr(): string;
  /** Resolves with exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const CREDENTIAL = 'run:secret';
const DIRECTORY: RunDirectory = {
  nodes: { 'node-id': { address: '192.168.90.11', rack: 'r1', dataCenter: 'east' } },
  jobMaster: '127.0.0.1:2181/ring-1',
};

/** Starts ZooKeeper and bundles the agent. Agents are added one by one; `stop` ends everything. */
export async function startMachine(given: Partial<RunSpec>): Promise<Machine> {
  install();
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-agent-'));
  await chmod(folder, 0o755); // some agents run as another user
  const [zookeeper] = await Promise.all([startZooKeeper(), buildAgent(folder)]);
  const client = runtime.keyPair();
  const host = runtime.keyPair();
  const spec: RunSpec = {
    ...{ protocol: 1, run: 'ring-1', job: 'default/ring', znode: '/ring-1', workers: 3, slotsPerWorker: 2 },
    ...{ zookeeper: `127.0.0.1:${zookeeper.port}`, sessionTimeoutMs: 2000, subnets: ['127.0.0.0/8'] },
    ...{ sshPort: await freePort(), sshUser: 'root', graceMs: 500, command: ['true'], commandEnv: {} },
    ...{
      hostPublicKey: host.publicKey,
      clientPublicKey: client.publicKey,
      interfaceVariables: [],
      hostfile: join(folder, 'launcher', 'hostFile'),
    },
    ...given,
  };
  const session = ZooKeeperSession.connect({
    hosts: spec.zookeeper,
    timeoutMs: 5000,
    credential: CREDENTIAL,
  });
  const acl = digestAcl(CREDENTIAL);
  await session.multi(createRunOps(spec.znode, DIRECTORY, acl));
  const agents: Agent[] = [];
  let containers = 0;

  return {
    zookeeper,
    spec,
    folder,
    read: async <T>(name: string) => {
      const znode = await session.get(`${spec.znode}/${name}`);
      return znode === undefined ? undefined : (JSON.parse(String(znode.data)) as T);
    },
    create: async (name, value) => {
      await session.create(`${spec.znode}/${name}`, Buffer.from(JSON.stringify(value)), { acl });
    },
    agent: async options => {
      const root = join(folder, `container-${containers}`);
      containers += 1;
      const paths = agentPaths(root);
      const secret = { zookeeper: CREDENTIAL };
      await writeJson(paths.runSpec, { ...spec, ...options.spec });
      await writeJson(paths.workerSecret, { ...secret, hostKey: options.hostKey ?? host.privateKey });
      await writeJson(paths.launcherSecret, { ...secret, clientKey: client.privateKey });
      const container = [root, join(root, 'run')];
      if (options.uid !== undefined)
        for (const path of container) await chown(path, options.uid, options.uid);
      const agent = spawnAgent(join(folder, 'agent.cjs'), root, options);
      agents.push(agent);
      return agent;
    },
    stop: async () => {
      await session.close();
      for (const agent of agents) agent.process.kill('SIGTERM');
      await Promise.all(agents.map(agent => agent.ended));
      await zookeeper.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function spawnAgent(file: string, root: string, options: AgentOptions): Agent {
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    env: {
      PATH: process.env['PATH'],
      MPISWARM_ROOT: root,
      MPISWARM_ADDRESS: `127.0.0.${options.slot}`,
      MPISWARM_ROLES: options.roles,
      MPISWARM_SLOT: String(options.slot),
      MPISWARM_FIRST_INDEX: '0',
      MPISWARM_TASK: options.task ?? `task-${options.slot}`,
      MPISWARM_NODE: 'node-id',
      MPISWARM_NODE_HOSTNAME: 'n1',
      ...options.env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    stdout += String(chunk);
  });
  child.stderr.on('data', chunk => {
    stderr += String(chunk);
  });
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  return { process: child, paths: agentPaths(root), stdout: () => stdout, stderr: () => stderr, ended };
}

/** Asks again until the answer is there; fails, with what was last seen, after `deadlineMs`. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  what: string,
  deadlineMs = 15_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`within ${deadlineMs} ms there was never ${what}`);
    await sleep(20);
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value));
}

/** Waits for the file and returns it. */
export function fileContent(file: string): Promise<string> {
  return eventually(async () => (existsSync(file) ? readFile(file, 'utf8') : undefined), file);
}

function install(): void {
  if (existsSync('/usr/sbin/sshd') && existsSync('/usr/bin/ssh') && existsSync('/usr/bin/mpirun')) return;
  const packages = ['openssh-server', 'openssh-client', 'openmpi-bin'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
    env,
    encoding: 'utf8',
  });
  if (apt.status !== 0) throw new Error(`apt-get install ${packages.join(' ')}: ${apt.stderr}`);
}
