/**
 * The process that runs tests: `node --import tsx scripts/test/child/main.ts ORDER`, started with a channel to its
 * parent. It says what it does there (messages.ts) and prints nothing itself.
 */
import { relative, resolve } from 'node:path';
import Mocha from 'mocha';
import type { Message, Order } from '../model/messages.js';
import { choose, type ListedTest } from '../model/suites.js';
import { recorder } from './recorder.js';

interface Found extends ListedTest {
  readonly test: Mocha.Test;
}

/** Tests say so where they need longer. */
const TIMEOUT_MS = 30_000;

const { files, wanted, list } = JSON.parse(process.argv[2] ?? '') as Order;
const said: Promise<void>[] = [];
const mocha = new Mocha({ timeout: TIMEOUT_MS, forbidOnly: true, reporter: recorder(say) });
const from = performance.now();
for (const file of files) mocha.addFile(resolve(file));
await mocha.loadFilesAsync();
const found = testsOf(mocha.suite);
if (list === true) {
  say({ kind: 'listed', tests: found.map(({ file, title }) => ({ file, title })) });
  await leave(0);
}
keepOnly(mocha.suite, new Set(choose(found, wanted).map(({ test }) => test)));
say({ kind: 'loaded', ms: performance.now() - from });
const runner = mocha.run(failures => void leave(failures === 0 ? 0 : 1));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, interrupt);
// The parent is gone, however that came: what the tests made must go, too.
process.on('disconnect', interrupt);

/** Ends the current test at once, and runs the hooks that clean up. */
function interrupt(): void {
  runner.abort();
  runner.currentRunnable?.timeout(1);
}

function say(message: Message): void {
  if (!process.connected) return;
  said.push(new Promise(done => process.send?.(message, undefined, undefined, () => done())));
}

/** Tests may leave sockets and timers open; they end with the process. */
async function leave(code: number): Promise<void> {
  await Promise.all(said);
  process.exit(code);
}

function testsOf(suite: Mocha.Suite): readonly Found[] {
  const own = suite.tests.map(test => ({
    file: relative(process.cwd(), test.file ?? ''),
    title: test.fullTitle(),
    test,
  }));
  return [...own, ...suite.suites.flatMap(testsOf)];
}

/** Suites without a test go as well, because mocha would run their hooks. */
function keepOnly(suite: Mocha.Suite, kept: ReadonlySet<Mocha.Test>): void {
  suite.tests = suite.tests.filter(test => kept.has(test));
  for (const inner of suite.suites) keepOnly(inner, kept);
  suite.suites = suite.suites.filter(inner => inner.total() > 0);
}
