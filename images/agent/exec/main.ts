/**
 * Runs a command once for each slot of each worker, without mpirun:
 *
 *     each --hostfile FILE PROGRAM [ARG…]   on the launcher
 *     each --worker                         on a worker, by ssh; its input is an order, and then names of signals
 *
 * Ends with the first exit code that was not 0.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorMessage } from '../../../controller/shared/error-message.js';
import { PATHS } from '../../../controller/shared/protocol/protocol.js';
import { startEverywhere } from './everywhere.js';
import { type Order, orders, SIGNALS } from './orders.js';
import { type Ranks, startRanks } from './ranks.js';

/** Of ranks that are ended because another one failed, or the launcher is gone. */
const GRACE_MS = 5_000;
/** Exit code of wrong arguments (sysexits.h: EX_USAGE). */
const USAGE = 64;
/** As a shell has it for what is there and cannot be started. */
const CANNOT_START = 126;

const [option, hostfile, ...argv] = process.argv.slice(2);
if (option === '--worker') onWorker();
else if (option === '--hostfile' && hostfile !== undefined && argv.length > 0) onLauncher(hostfile, argv);
else {
  say('usage: each --hostfile FILE PROGRAM [ARG…]');
  process.exitCode = USAGE;
}

function onLauncher(file: string, argv: readonly string[]): void {
  const logs = mkdtempSync(join(PATHS.scratch, 'ssh', 'each-'));
  const everywhere = startEverywhere({
    orders: orders(readFileSync(file, 'utf8'), argv, process.cwd()),
    ssh: ['ssh', '-F', `${PATHS.scratch}/ssh/config`],
    remote: [`${PATHS.agent}/bin/each`, '--worker'],
    ...{ limitMs: 2 * GRACE_MS, logs, say },
  });
  for (const name of SIGNALS) process.on(name, () => everywhere.signal(name));
  void everywhere.ended.then(code => {
    rmSync(logs, { recursive: true, force: true });
    process.exit(code);
  });
}

function onWorker(): void {
  let ranks: Ranks | undefined;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', line => {
    if (ranks === undefined) {
      ranks = begin(JSON.parse(line) as Order);
      return;
    }
    const name = SIGNALS.find(signal => signal === line);
    if (name !== undefined) ranks.signal(name);
  });
  // The launcher's part ended this one, or is gone
  lines.on('close', () => (ranks === undefined ? process.exit(1) : ranks.end()));
}

function begin(order: Order): Ranks {
  try {
    process.chdir(order.cwd);
  } catch (error) {
    say(`mpiswarm: worker ${order.worker}: cannot work in ${order.cwd}: ${errorMessage(error)}`);
    process.exit(CANNOT_START);
  }
  const ranks = startRanks({
    ...{ order, recorder: `${PATHS.agent}/bin/rank`, env: process.env },
    ...{ graceMs: GRACE_MS, say },
  });
  void ranks.ended.then(code => process.exit(code));
  return ranks;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
