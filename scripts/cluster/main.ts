import { spawnSync } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';
import { cleanCluster, endProcesses } from './clean.js';
import { openCluster, startCluster } from './cluster.js';
import { clusterNames } from './lib/names.js';
import { isEngineRunning } from './node/engine.js';
import { installPackages, missingPackages, type Part } from './packages.js';
import { swarmNodes } from './swarm.js';

const WITH_ZOOKEEPER: readonly Part[] = ['engine', 'zookeeper'];

/** The cluster for tests and trials by hand, as a command. */
const program = new Command('cluster')
  .description('a swarm of real engines on this machine, for tests')
  .enablePositionalOptions();
const say = (line: string): void => console.log(line);

program
  .command('start')
  .description('install what is missing, remove what an earlier run left, start')
  .option('--nodes <number>', 'how many nodes, 1 to 5', wholeNumber, 3)
  .option('--name <name>', 'which cluster', 'main')
  .option('--image <tar...>', 'image archives to load on every node', [])
  .option('--zookeeper', 'start a ZooKeeper on node 1', false)
  .action(async (options: StartOptions) => {
    await installPackages(missingPackages(options.zookeeper ? WITH_ZOOKEEPER : ['engine']), say);
    const cluster = await startCluster({
      nodes: options.nodes,
      name: options.name,
      images: options.image,
      say,
    });
    for (const node of cluster.nodes)
      say(`${node.hostname}  ${node.address}  unix://${node.socket}  ${node.id}`);
    if (options.zookeeper) say(`ZooKeeper  ${await cluster.startZooKeeper()}`);
  });

program
  .command('status')
  .description('what runs, and what the swarm says of its nodes')
  .option('--name <name>', 'which cluster', 'main')
  .action(async (options: NameOptions) => {
    const cluster = await openCluster(options.name);
    const running = await Promise.all(cluster.nodes.map(isEngineRunning));
    const manager = running.indexOf(true);
    const seen = manager < 0 ? [] : await swarmNodes(cluster.docker(manager));
    for (const [i, node] of cluster.nodes.entries()) {
      const state = seen.find(one => one.id === node.id)?.state ?? 'unknown';
      say(
        `${node.hostname}  ${node.address}  engine ${running[i] === true ? 'running' : 'stopped'}  node ${state}`,
      );
    }
  });

program
  .command('stop')
  .description('end all processes and networks; files stay, logs among them')
  .option('--name <name>', 'which cluster', 'main')
  .action((options: NameOptions) => endProcesses(clusterNames(options.name)));

program
  .command('clean')
  .description('end and remove everything')
  .option('--name <name>', 'which cluster', 'main')
  .action((options: NameOptions) => cleanCluster(options.name));

program
  .command('run <node> <argv...>')
  .description('run a command in the network of node 1, 2, …')
  .option('--name <name>', 'which cluster', 'main')
  .passThroughOptions()
  .action(async (node: string, argv: readonly string[], options: NameOptions) => {
    const cluster = await openCluster(options.name);
    const [file = '', ...args] = [...cluster.nsenterPrefix(wholeNumber(node) - 1), ...argv];
    const env = { ...process.env, DOCKER_HOST: `unix://${cluster.node(wholeNumber(node) - 1).socket}` };
    process.exitCode = spawnSync(file, args, { stdio: 'inherit', env }).status ?? 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`cluster: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

interface NameOptions {
  readonly name: string;
}

interface StartOptions extends NameOptions {
  readonly nodes: number;
  readonly image: readonly string[];
  readonly zookeeper: boolean;
}

function wholeNumber(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new InvalidArgumentError(`must be a whole number, got "${text}"`);
  return Number(text);
}
