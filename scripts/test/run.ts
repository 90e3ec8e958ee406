import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSection } from '../docs/section.js';
import { faultTable, readRows } from '../faults/table.js';
import type { Args } from './args.js';
import { cleanClusters } from './clusters.js';
import type { Context } from './context.js';
import { isAsked, testFiles } from './files.js';
import { cleanOnInterrupt, unlessInterrupted } from './interrupt.js';
import { runPlan } from './lanes.js';
import { listTests } from './list.js';
import { choose, type ListedTest, placeOf, suiteOf, tagsOf, type Wanted } from './model/suites.js';
import { obstacle } from './needs.js';
import { planOf } from './plan.js';
import { isJavaImageCached, prepareMachine } from './prepare.js';
import { duration, Printer, summary } from './report/printer.js';
import { Results } from './report/results.js';
import { readTimes, writeTimes } from './report/times.js';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Chooses, prepares, runs and reports. */
export async function runTests(args: Args): Promise<Totals> {
  const from = performance.now();
  const printer = new Printer(line => console.log(line));
  const say = (line: string): void => printer.say(line);
  const chosen = await chosenTests(args, say);
  if (chosen === undefined) return { passed: 0, failed: 1 };
  const { tests, wanted } = chosen;
  const folder = mkdtempSync(join(tmpdir(), 'mpiswarm-tests-'));
  const results = new Results();
  const faultRows = join(folder, 'faults.jsonl');
  const context: Context = { args, wanted, printer, results, say, faultRows };
  cleanOnInterrupt(async () => {
    rmSync(folder, { recursive: true, force: true });
    if (needsRoot(tests.map(({ file }) => file))) await cleanClusters(args.cluster);
  });
  try {
    const images = await prepareMachine(tests, say);
    const prepared = performance.now();
    await runPlan(planOf(tests, readTimes(), availableParallelism(), args.lanes), images, context);
    await report(context, from, prepared);
  } catch (error) {
    // What a start of a cluster says once its engines are gone is of no interest.
    await unlessInterrupted();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { passed: results.passed, failed: results.failed };
}

interface Chosen {
  readonly tests: readonly ListedTest[];
  readonly wanted: Wanted;
}

/** Undefined, with the reason said, where nothing is to be run or nothing of it can be run here. */
async function chosenTests(args: Args, say: (line: string) => void): Promise<Chosen | undefined> {
  const files = testFiles()
    .filter(file => isAsked(file, args.files))
    .filter(file => args.only === undefined || placeOf(file) === args.only);
  if (files.length === 0) return refuse(`no test file is at ${args.files.join(', ')}`);
  // Titles may leave nothing but unit tests, which run anywhere; without them all files count, before they are loaded
  const why = args.grep === undefined ? obstacle(placesOf(files)) : undefined;
  if (why !== undefined) return refuse(why);
  const listed = await listTests(files);
  const wanted = await wantedBy(args, files);
  const tests = choose(listed, wanted);
  if (tests.length === 0) return refuse(`no test is chosen by: ${process.argv.slice(2).join(' ')}`);
  const whyNot = obstacle(placesOf(tests.map(({ file }) => file)));
  if (whyNot !== undefined) return refuse(whyNot);
  sayWithoutJava(listed, wanted, say);
  return { tests, wanted };
}

async function wantedBy({ suite, grep }: Args, files: readonly string[]): Promise<Wanted> {
  if (suite === undefined) return { ...(grep === undefined ? {} : { grep }), javaImage: true };
  const javaImage = !needsRoot(files) || (await isJavaImageCached());
  return { suite, ...(grep === undefined ? {} : { grep }), javaImage };
}

function refuse(why: string): undefined {
  console.error(why);
}

function placesOf(files: readonly string[]): ReadonlySet<ReturnType<typeof placeOf>> {
  return new Set(files.map(placeOf));
}

function needsRoot(files: readonly string[]): boolean {
  return files.some(file => ['machine', 'cluster'].includes(placeOf(file)));
}

function sayWithoutJava(listed: readonly ListedTest[], wanted: Wanted, say: (line: string) => void): void {
  if (wanted.javaImage || wanted.suite !== 'test') return;
  const moved = listed.filter(
    ({ title }) => tagsOf(title).includes('java') && suiteOf(title, true) === 'test',
  ).length;
  if (moved > 0)
    say(`Java: its image is not in the cache, so that ${moved} tests belong to npm run test:full this time`);
}

async function report(
  { args, results, faultRows, say }: Context,
  from: number,
  prepared: number,
): Promise<void> {
  const rows = readRows(faultRows);
  if (rows.length > 0 && args.write)
    await writeSection('explanation/reliability.md', 'faults', faultTable(rows));
  if (rows.length > 0) say(`\n${faultTable(rows)}`);
  for (const line of summary(results, args.files.length === 0 && args.grep === undefined)) say(line);
  const why = writeTimes(results.fileMs, results.ended);
  if (why !== undefined) say(`\nthe times are not kept for the next run: ${why}`);
  const now = performance.now();
  say(`\npreparation took ${duration(prepared - from)}, the tests ${duration(now - prepared)}`);
}
