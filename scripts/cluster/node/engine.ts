import { mkdir, writeFile } from 'node:fs/promises';
import Docker from 'dockerode';
import type { ClusterNames, NodeNames } from '../lib/names.js';
import { groupPids, killGroup } from './cgroup.js';
import { signalDaemon, startDaemon, stopDaemon } from './daemon.js';

/**
 * Gives the engine surroundings of its own, then becomes it. /run and /etc are private, so that it finds
 * neither the machine's containerd, nor its firewall daemon, nor its `daemon.json`, and leaves no key in
 * /etc/docker; the /sys of the network namespace has no control groups, so the existing ones are bound into
 * it. All of these mounts end with the engine's last process.
 */
const SURROUNDINGS = `
set -e
dir=$1 name=$2; shift 2
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
mount -t overlay -o "lowerdir=/etc,upperdir=$dir/etc,workdir=$dir/etc-work" overlay /etc
hostname "$name"
exec "$@"
`;

/** A fresh engine starts in 1 s; one that finds its swarm gone quiet waits 20 s for it before it answers. */
const START_MS = 60_000;
/** The engine gives containers 10 s to end, and shuts down after 15 s at the latest by default. */
const STOP_MS = 40_000;

/**
 * A client of the node's engine. Calls end with an error when the engine is silent for that many
 * milliseconds.
 */
export function engineClient(node: NodeNames, timeoutMs = 60_000): Docker {
  return new Docker({ socketPath: node.socket, timeout: timeoutMs });
}

/** Starts the node's engine on the data that it has, and returns when it answers. */
export async function startEngine(cluster: ClusterNames, node: NodeNames): Promise<void> {
  for (const dir of ['data', 'etc', 'etc-work']) await mkdir(`${node.dir}/${dir}`, { recursive: true });
  await writeFile(`${node.dir}/daemon.json`, '{}\n');
  const surroundings = [
    'unshare',
    '--mount',
    '--uts',
    'sh',
    '-c',
    SURROUNDINGS,
    'engine',
    node.dir,
    node.hostname,
  ];
  const docker = engineClient(node, 2_000);
  await startDaemon(
    {
      title: `engine of ${node.hostname}`,
      group: engineGroup(node),
      netns: node.netns,
      log: engineLog(node),
      argv: [...surroundings, ...engineArgv(cluster, node)],
    },
    async () => (await docker.ping()) !== undefined,
    START_MS,
  );
}

/**
 * Lets the engine stop its containers and end; the node's data stays. Does nothing when it is not running.
 */
export async function stopEngine(node: NodeNames): Promise<void> {
  await stopDaemon(engineGroup(node), 'dockerd', STOP_MS);
  await killNode(node);
}

/** Kills the engine and all of the node's containers at once, as a power cut would. The data stays. */
export async function killNode(node: NodeNames): Promise<void> {
  await killGroup(node.group);
}

/**
 * Stops the engine in its tracks, or lets it go on; its containers keep running. Throws when there is no
 * engine.
 */
export async function signalEngine(node: NodeNames, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if ((await signalDaemon(engineGroup(node), 'dockerd', signal)) === 0) {
    throw new Error(`${signal} to the engine of ${node.hostname}: it is not running`);
  }
}

/** Whether any process of the engine is there. */
export async function isEngineRunning(node: NodeNames): Promise<boolean> {
  return (await groupPids(engineGroup(node))).length > 0;
}

function engineLog(node: NodeNames): string {
  return `${node.dir}/engine.log`;
}

function engineGroup(node: NodeNames): string {
  return `${node.group}/engine`;
}

function engineArgv(cluster: ClusterNames, node: NodeNames): readonly string[] {
  const third = 20 + Number(node.name.slice(1));
  return [
    'dockerd',
    `--config-file=${node.dir}/daemon.json`,
    `--host=unix://${node.socket}`,
    `--data-root=${node.dir}/data`,
    '--exec-root=/run/docker',
    '--pidfile=/run/docker.pid',
    '--storage-driver=overlay2',
    // The driver "systemd" would ask the machine's service manager to make the groups, out of our sight.
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=/${node.group}`,
    // Local networks: apart from the nodes' network and from the 10.0.0.0/8 that Swarm takes overlays from.
    `--bip=172.20.${third}.1/24`,
    '--default-address-pool=base=172.21.0.0/16,size=24',
    `--insecure-registry=${cluster.subnet}`,
    '--log-level=warn',
  ];
}
