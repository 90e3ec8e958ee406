/**
 * `npm run screenshot`: runs manifests/ring.yaml on a private swarm of three nodes, and writes what a terminal showed
 * of it to docs/terminal.svg. Needs root, as `npm run quickstart -- --nodes 3` does.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Prepared, prepareCluster } from '../prepare/cluster.js';
import { terminalSvg } from './svg.js';

const PICTURE = fileURLToPath(new URL('../../docs/terminal.svg', import.meta.url));
const COLUMNS = 104;
const TITLE = 'mpiswarm: a swarm of three nodes';
const DEADLINE_MS = 120_000;
/** What a person would type, one line after the other. */
const COMMANDS = [
  'mpiswarm get',
  'mpiswarm describe wide | grep -A 2 Waiting',
  'mpiswarm describe ring | grep -A 8 Ladder',
  'mpiswarm describe ring | grep -A 5 Placement',
  'mpiswarm logs --prefix ring | tail -4',
] as const;
/** A job that has no room on this machine, so that it waits. */
const WIDE = `apiVersion: mpiswarm.dev/v1
kind: MPIJob
metadata:
  name: wide
spec:
  image: mpiswarm/openmpi5:0.1.0
  workers:
    replicas: 4
    resources:
      requests: { cpu: 500 }
  command: [ring]
`;

const say = (line: string): void => console.log(line);
const prepared = await prepareCluster('demo', 3, say, undefined, { parts: ['engine', 'builder'] });
const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-screenshot-'));
const settings = ['--docker', prepared.docker, '--state-dir', join(folder, 'state'), '--color', 'always'];
let up: ChildProcess | undefined;
try {
  const manifests = join(folder, 'manifests');
  await mkdir(manifests);
  await copyFile('manifests/ring.yaml', join(manifests, 'ring.yaml'));
  await writeFile(join(manifests, 'wide.yaml'), WIDE);
  const [file, ...args] = command(prepared, ['up', ...settings, '--manifests', manifests]);
  up = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  await untilDone(up);
  const screens = COMMANDS.map(screen);
  await writeFile(PICTURE, terminalSvg(screens.join('\n\n'), COLUMNS, TITLE));
  say(`wrote ${PICTURE}`);
} finally {
  up?.kill('SIGINT');
  await prepared.cluster.clean();
  await rm(folder, { recursive: true, force: true });
}

/** A prompt with the command, and what it prints. */
function screen(line: string): string {
  const [file, ...args] = command(prepared, ['"$@"']);
  const quoted = [file, ...args].map(word => (word === '"$@"' ? word : `'${word}'`)).join(' ');
  const script = `mpiswarm() { ${quoted} ${settings.map(word => `'${word}'`).join(' ')}; }; ${line}`;
  const shown = execFileSync('sh', ['-c', script], { encoding: 'utf8', timeout: 30_000 });
  return `${prompt(line)}\n${shown.trimEnd()}`;
}

function prompt(line: string): string {
  return `\u001b[32m$\u001b[39m \u001b[1m${line}\u001b[22m`;
}

function run(words: readonly string[]): string {
  const [file, ...args] = command(prepared, [...words, ...settings]);
  return execFileSync(file, args, { encoding: 'utf8', timeout: 30_000 });
}

function command({ prefix }: Prepared, argv: readonly string[]): readonly [string, ...string[]] {
  const [first = process.execPath, ...rest] = [...prefix, process.execPath, 'dist/mpiswarm.js', ...argv];
  return [first, ...rest];
}

async function untilDone(controller: ChildProcess): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isDone()) {
    if (controller.exitCode !== null) throw new Error(`mpiswarm up ended with code ${controller.exitCode}`);
    if (performance.now() > deadline) throw new Error(`the job was not done within ${DEADLINE_MS / 1_000} s`);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

function isDone(): boolean {
  try {
    return /"phase": "done"/.test(run(['get', 'ring', '-o', 'json']));
  } catch {
    // Until the controller has made its ZooKeeper and the job's record, there is nothing to ask
    return false;
  }
}
