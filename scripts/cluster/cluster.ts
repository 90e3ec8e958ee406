import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type Docker from 'dockerode';
import { cleanCluster, endProcesses } from './clean.js';
import { loadImages } from './images.js';
import { type CommandOptions, type CommandResult, command } from './lib/command.js';
import { type ClusterNames, clusterNames, MAX_NODES, type NodeNames, nodeNames } from './lib/names.js';
import { engineClient, killNode, signalEngine, startEngine, stopEngine } from './node/engine.js';
import { makeNetwork, nsenterPrefix, setLink } from './node/namespaces.js';
import { missingPackages } from './packages.js';
import { type RegistryOptions, startRegistry, stopRegistry } from './services/registry.js';
import {
  emptyZooKeeper,
  fourLetterWord,
  killZooKeeper,
  signalZooKeeper,
  startZooKeeper,
  stopZooKeeper,
  type ZooKeeperOptions,
} from './services/zookeeper.js';
import { makeSwarm, waitForNode } from './swarm.js';

export interface ClusterNode extends NodeNames {
  /** The node's id in the swarm. */
  readonly id: string;
}

export interface ClusterOptions {
  /** 1 to 5; all are managers. */
  readonly nodes: number;
  /** `main` when not given. Clusters of different names do not know of each other. */
  readonly name?: string;
  /**
   * Folder that holds the clusters' folders; `$MPISWARM_CLUSTER_DIR` or /var/tmp/mpiswarm-cluster when not
   * given.
   */
  readonly baseDir?: string;
  /**
   * How often nodes report to the swarm; Swarm's own 5 when not given. With 1, a lost node is Down in 2 to 3
   * s.
   */
  readonly heartbeatSeconds?: number;
  /** Image archives to load on every node. */
  readonly images?: readonly string[];
  /** Called with each progress line. */
  readonly say?: (line: string) => void;
}

/**
 * A running cluster. Nodes are given by their index, counted from 0. All state is in the kernel and on disk,
 * so any number of processes may hold one and act on it.
 */
export interface Cluster {
  readonly name: string;
  readonly dir: string;
  readonly subnet: string;
  readonly nodes: readonly ClusterNode[];
  /** The node; throws if no node has that index. */
  node(i: number): ClusterNode;
  /** A client of the node's engine. */
  docker(i: number): Docker;
  loadImages(tars: readonly string[]): Promise<void>;

  /** The words before a command that run it in the node's network, with this machine's files. */
  nsenterPrefix(i: number): readonly string[];
  /** Runs a command so, to its end; throws `CommandError` when it fails or is late (30 s). */
  run(i: number, argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts one so. It is killed by `stop`, `clean` and the next start, if it is still there. */
  spawn(i: number, argv: readonly string[], options?: SpawnOptions): ChildProcess;

  /** As a power cut: engine and containers are gone at once. `startEngine` brings the node back. */
  killNode(i: number): Promise<void>;
  /** Stops the engine, and with it its containers, in good order. */
  stopEngine(i: number): Promise<void>;
  /** Returns when the engine answers; the swarm may need longer to see it (`waitForNode`). */
  startEngine(i: number): Promise<void>;
  /** The engine stops answering; containers go on. */
  pauseEngine(i: number): Promise<void>;
  resumeEngine(i: number): Promise<void>;
  /** Pulls the node's cable: engine and containers go on, and nothing of other nodes reaches them. */
  cutOff(i: number): Promise<void>;
  reconnect(i: number): Promise<void>;
  /**
   * Returns once the manager `seenBy` (default: any other node, or the only one) sees the node in that state;
   * throws after 90 s.
   */
  waitForNode(i: number, state: 'ready' | 'down', seenBy?: number): Promise<void>;

  /**
   * Starts ZooKeeper on node 0, on the data of the last one; returns `ADDRESS:PORT`. It also listens on
   * loopback there.
   */
  startZooKeeper(options?: ZooKeeperOptions): Promise<string>;
  stopZooKeeper(): Promise<void>;
  killZooKeeper(): Promise<void>;
  pauseZooKeeper(): Promise<void>;
  resumeZooKeeper(): Promise<void>;
  /** Removes its data; it must be stopped. */
  emptyZooKeeper(): Promise<void>;
  /** The answer to a four-letter word. */
  askZooKeeper(word: string, port?: number): Promise<string>;

  /** Starts an image registry on node 0; returns `ADDRESS:5000`. */
  startRegistry(options?: RegistryOptions): Promise<string>;
  stopRegistry(): Promise<void>;

  /** Ends all processes and networks; keeps files, such as logs. */
  stop(): Promise<void>;
  /** Ends and removes everything. */
  clean(): Promise<void>;
}

/**
 * Makes a swarm of real engines on this machine, each in a network namespace of its own, and returns when
 * every node is Ready and has the images. A cluster of that name that was there before, running or left
 * behind, is removed first. Needs root and the packages of the part `engine`. When it fails, what was started
 * is ended and the files stay.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const say = options.say ?? (() => undefined);
  if (!Number.isInteger(options.nodes) || options.nodes < 1 || options.nodes > MAX_NODES) {
    throw new Error(`nodes must be a whole number from 1 to ${MAX_NODES}, got ${options.nodes}`);
  }
  checkMachine();
  const names = clusterNames(options.name ?? 'main', options.baseDir);
  say(`cluster ${names.name}: removing what an earlier run left`);
  await cleanCluster(names.name, options.baseDir);
  try {
    const nodes = await makeNodes(names, options, say);
    await writeFile(stateFile(names), `${JSON.stringify({ nodes }, undefined, 2)}\n`);
    say(`cluster ${names.name}: ${nodes.length} of ${nodes.length} nodes ready`);
    return cluster(names, nodes);
  } catch (error) {
    await endProcesses(names);
    throw error;
  }
}

/** The cluster that another process started; throws if there's no such cluster. */
export async function openCluster(name = 'main', baseDir?: string): Promise<Cluster> {
  const names = clusterNames(name, baseDir);
  let text: string;
  try {
    text = await readFile(stateFile(names), 'utf8');
  } catch (cause) {
    throw new Error(`open cluster ${name}: nothing was started in ${names.dir}`, { cause });
  }
  const state = JSON.parse(text) as { readonly nodes: readonly ClusterNode[] };
  return cluster(names, state.nodes);
}

function checkMachine(): void {
  if (process.platform !== 'linux') throw new Error(`a cluster needs Linux, got ${process.platform}`);
  if (process.getuid?.() !== 0) throw new Error(`a cluster needs root, got user id ${process.getuid?.()}`);
  const missing = missingPackages(['engine']);
  if (missing.length > 0) throw new Error(`a cluster needs the packages ${missing.join(' ')}: not installed`);
}

async function makeNodes(
  names: ClusterNames,
  options: ClusterOptions,
  say: (line: string) => void,
): Promise<readonly ClusterNode[]> {
  const nodes = Array.from({ length: options.nodes }, (_, i) => nodeNames(names, i));
  await mkdir(names.dir, { recursive: true, mode: 0o711 });
  await makeNetwork(names, nodes);
  say(`cluster ${names.name}: starting ${nodes.length} engine${nodes.length === 1 ? '' : 's'}`);
  await Promise.all(nodes.map(node => startEngine(names, node)));
  say(`cluster ${names.name}: joining the swarm`);
  const ids = await makeSwarm(nodes, options.heartbeatSeconds);
  const images = options.images ?? [];
  if (images.length > 0) say(`cluster ${names.name}: loading ${images.length} image archives on every node`);
  await loadImages(nodes, images);
  return nodes.map((node, i) => ({ ...node, id: ids[i] ?? '' }));
}

function stateFile(names: ClusterNames): string {
  return `${names.dir}/cluster.json`;
}

function cluster(names: ClusterNames, nodes: readonly ClusterNode[]): Cluster {
  const node = (i: number): ClusterNode => {
    const found = nodes[i];
    if (found === undefined) throw new Error(`node index must be from 0 to ${nodes.length - 1}, got ${i}`);
    return found;
  };
  const prefix = (i: number): readonly string[] => nsenterPrefix(node(i).netns);
  return {
    name: names.name,
    dir: names.dir,
    subnet: names.subnet,
    nodes,
    node,
    docker: i => engineClient(node(i)),
    loadImages: tars => loadImages(nodes, tars),
    nsenterPrefix: prefix,
    run: (i, argv, options) => command([...prefix(i), ...argv], options),
    spawn: (i, argv, options = {}) => {
      const [file = '', ...args] = [...prefix(i), ...argv];
      return spawn(file, args, options);
    },
    killNode: i => killNode(node(i)),
    stopEngine: i => stopEngine(node(i)),
    startEngine: i => startEngine(names, node(i)),
    pauseEngine: i => signalEngine(node(i), 'SIGSTOP'),
    resumeEngine: i => signalEngine(node(i), 'SIGCONT'),
    cutOff: i => setLink(names, node(i), 'down'),
    reconnect: i => setLink(names, node(i), 'up'),
    waitForNode: (i, state, seenBy = nodes.length === 1 ? 0 : (i + 1) % nodes.length) =>
      waitForNode(engineClient(node(seenBy)), node(i).hostname, state),
    startZooKeeper: options => startZooKeeper(names, node(0), options),
    stopZooKeeper: () => stopZooKeeper(names),
    killZooKeeper: () => killZooKeeper(names),
    pauseZooKeeper: () => signalZooKeeper(names, 'SIGSTOP'),
    resumeZooKeeper: () => signalZooKeeper(names, 'SIGCONT'),
    emptyZooKeeper: () => emptyZooKeeper(names),
    askZooKeeper: (word, port) => fourLetterWord(node(0), word, port),
    startRegistry: options => startRegistry(names, node(0), options),
    stopRegistry: () => stopRegistry(names),
    stop: () => endProcesses(names),
    clean: () => cleanCluster(names.name, names.dir.slice(0, -names.name.length - 1)),
  };
}
