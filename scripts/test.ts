/**
 * `npm test`: everything, the real cluster included. `npm run test:unit` is the part that needs no Docker.
 *
 * Groups, each one run of mocha:
 * - unit: needs nothing but Node;
 * - simulation: neither, and takes all cores for two minutes;
 * - machine: starts real engines, ZooKeeper, sshd and mpirun on this machine, each test its own;
 * - cluster: shares one real swarm of three nodes, and runs in the network of its first node;
 * - long: takes a quarter of an hour and more, and runs only where it is asked for, as by `npm run long`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FaultRow, ROWS_VARIABLE } from '../test/e2e/faults/support/table.js';
import { writeSection } from './docs/section.js';
import { faultTable, readRows } from './faults/table.js';
import { SMALL_IMAGES } from './images/catalogue.js';
import { prepareCluster } from './prepare.js';

interface Totals {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
}

const GROUPS = ['unit', 'simulation', 'machine', 'cluster', 'long'] as const;
type Group = (typeof GROUPS)[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    grep: { type: 'string' },
    keep: { type: 'boolean', default: false },
    /** Name of the cluster; runs with different ones may be under way at once. */
    cluster: { type: 'string', default: 'test' },
    /** Put the table of real faults into docs/reliability.md. */
    write: { type: 'boolean', default: false },
  },
});

if (values.only !== undefined && !GROUPS.some(group => group === values.only)) {
  throw new Error(`--only must be one of ${GROUPS.join(', ')}, got ${values.only}`);
}
const totals: Totals[] = [];
const faultRows: FaultRow[] = [];
for (const group of GROUPS.filter(g => (values.only === undefined ? g !== 'long' : values.only === g))) {
  const files = filesOf(group).filter(isAsked);
  if (files.length === 0) continue;
  console.log(`\n── ${group}: ${files.length} files`);
  totals.push(await runGroup(group, files));
}

if (faultRows.length > 0) {
  const table = faultTable(faultRows);
  console.log(`\n${table}`);
  if (values.write) await writeSection('reliability.md', 'faults', table);
}
const sum = (key: keyof Totals): number => totals.reduce((n, t) => n + t[key], 0);
if (sum('pending') > 0) console.log(`${sum('pending')} tests were skipped, expected none`);
console.log(`\n${sum('passes')} passed, ${sum('failures') + sum('pending')} failed`);
process.exitCode = sum('failures') + sum('pending') > 0 || sum('passes') === 0 ? 1 : 0;

/** Positional arguments are files and folders; none of them: all. */
function isAsked(file: string): boolean {
  return positionals.length === 0 || positionals.some(path => file === path || file.startsWith(`${path}/`));
}

/** The simulation ends in `.sim.test.ts`, tests of the machine in `.real.test.ts`; long ones in `.long.test.ts`; those that share the cluster are in `e2e` or end in `.cluster.test.ts`. */
function filesOf(group: Group): readonly string[] {
  const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.ts'))
    .map(file => `test/${file}`)
    .sort();
  const isCluster = (file: string): boolean =>
    file.startsWith('test/e2e/') || file.endsWith('.cluster.test.ts');
  const isSimulation = (file: string): boolean => file.endsWith('.sim.test.ts');
  const isMachine = (file: string): boolean => file.endsWith('.real.test.ts');
  const isLong = (file: string): boolean => file.endsWith('.long.test.ts');
  switch (group) {
    case 'unit':
      return all.filter(file => ![isCluster, isMachine, isSimulation, isLong].some(is => is(file)));
    case 'simulation':
      return all.filter(isSimulation);
    case 'machine':
      return all.filter(file => isMachine(file) && !isCluster(file));
    case 'cluster':
      return all.filter(isCluster);
    case 'long':
      return all.filter(isLong);
    default:
      return group satisfies never;
  }
}

function say(line: string): void {
  console.log(line);
}

async function runGroup(group: Group, files: readonly string[]): Promise<Totals> {
  if (group !== 'cluster') return mocha([], {}, files);
  const { cluster, prefix, docker } = await prepareCluster(values.cluster, 3, say, imagesFor(files));
  try {
    return mocha(prefix, { MPISWARM_TEST_DOCKER: docker, MPISWARM_TEST_CLUSTER: cluster.name }, files);
  } finally {
    if (!values.keep) await cluster.clean();
  }
}

/** The image with a JDK is several times the size of the others; tests that use it name it by this constant. */
function imagesFor(files: readonly string[]): readonly string[] {
  const java = files.some(file => readFileSync(file, 'utf8').includes('OPENMPI_JAVA'));
  return java ? [...SMALL_IMAGES, 'openmpi-java'] : SMALL_IMAGES;
}

function mocha(
  prefix: readonly string[],
  env: Readonly<Record<string, string>>,
  files: readonly string[],
): Totals {
  const folder = mkdtempSync(join(tmpdir(), 'mpiswarm-test-'));
  const file = join(folder, 'totals.json');
  const rows = join(folder, 'faults.jsonl');
  const argv = [
    ...[...prefix, process.execPath, 'node_modules/mocha/bin/mocha.js', '--import=tsx'],
    ...['--reporter', 'test/support/reporter.cjs', '--timeout', '30000', '--forbid-only', '--exit'],
    ...(values.grep === undefined ? [] : ['--grep', values.grep]),
    ...files,
  ];
  try {
    const [command = '', ...args] = argv;
    spawnSync(command, args, {
      stdio: 'inherit',
      env: { ...process.env, ...env, MPISWARM_TEST_TOTALS: file, [ROWS_VARIABLE]: rows },
    });
    faultRows.push(...readRows(rows));
    return JSON.parse(readFileSync(file, 'utf8')) as Totals;
  } catch (error) {
    console.error(`the ${files.length} files could not be run: ${(error as Error).message}`);
    return { passes: 0, failures: 1, pending: 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
