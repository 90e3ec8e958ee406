import { setTimeout as sleep } from 'node:timers/promises';
import { PACKAGE_SERVER, type PackageService } from '../../controller/shared/protocol/package-service.js';
import { AGENT_ENV, PATHS } from '../../controller/shared/protocol/protocol.js';
import { type Launcher, startLauncher } from './launcher/launcher.js';
import type { RunEnd } from './launcher/run-once.js';
import { writeJobFolder } from './package/job-folder.js';
import { packageArrival } from './package/package-fetch.js';
import { volumeFaults } from './package/verify.js';
import { descriptor } from './process/child-process.js';
import { outputBudget } from './process/output-budget.js';
import { handOver } from './ranks/rank-output.js';
import { type Identity, identity } from './runtime/identity.js';
import { openLog } from './runtime/log.js';
import { type AgentPaths, agentPaths } from './runtime/paths.js';
import { openStore } from './runtime/store.js';
import { VERSION } from './runtime/version.js';
import { makeOutputFolder, makeScratch } from './ssh/scratch.js';
import { waitForAddress } from './worker/address.js';
import { type Part, startWorker } from './worker/worker.js';

/** Exit code of an agent that cannot work at all (sysexits.h: EX_SOFTWARE). */
const BROKEN = 70;
const ADDRESS_WAIT_MS = 10_000;
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

if (process.argv[2] === 'verify') void verify();
else if (process.argv[2] === 'serve-package') void serve();
else start();

/** The main process of a container of a run. */
function start(): void {
  // Tests run several agents on one machine; in a container neither variable is set.
  const paths = agentPaths(process.env['MPISWARM_ROOT'] ?? '');
  const address = process.env['MPISWARM_ADDRESS'];
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
  run(identity(process.env, paths), paths, address);
}

function run(self: Identity, paths: AgentPaths, givenAddress: string | undefined): void {
  makeScratch(paths);
  writeJobFolder(paths, self);
  // The launcher's standard error is the user's program's.
  const log = openLog(paths.log, !self.launcher);
  const store = openStore(self, log);
  const stdout = descriptor(1);
  const copies = self.worker === undefined ? undefined : makeOutputFolder(paths);
  // The command's output and the copies of ranks share the container's log
  const budget = outputBudget(self.spec.outputLimit);
  const output = copies === undefined ? {} : { output: handOver(copies, { out: stdout, budget }, log) };
  const address =
    givenAddress === undefined
      ? waitForAddress(self.spec.subnets, ADDRESS_WAIT_MS)
      : Promise.resolve<string | undefined>(givenAddress);
  const arrival = packageArrival(self, paths, log);
  const shared = { identity: self, paths, env: process.env, store, log, address, arrival, ...output };
  const parts: Promise<Part>[] = [];
  let launcher: Launcher | undefined;

  let ending = false;
  const end = async (exitCode: number) => {
    if (ending) return;
    ending = true;
    log('agent exiting', { exitCode });
    const started = Promise.all(parts).then(all => Promise.all(all.map(part => part.stop())));
    // Where the package is still awaited there is nothing yet to be stopped
    await Promise.race([started, sleep(arrival.isPending() ? 0 : 5000)]);
    await Promise.race([store.close(), sleep(2000)]);
    process.exit(exitCode);
  };

  if (self.worker !== undefined) parts.push(startWorker({ ...shared, index: self.worker }));
  if (self.launcherSecret !== undefined) {
    const onEnd = ({ result }: RunEnd) => void end(result.exitCode);
    const starting = startLauncher({ ...shared, stdout, budget, secret: self.launcherSecret, onEnd });
    parts.push(starting);
    void starting.then(started => {
      launcher = started;
    });
  }
  for (const name of PASSED_ON) {
    process.on(name, () => {
      log('signal', { name });
      const passed = launcher?.signal(name) ?? false;
      // A launcher that never started its command has not done its work: that must not look like success.
      if (!passed && (name === 'SIGTERM' || name === 'SIGINT')) void end(self.launcher ? 143 : 0);
    });
  }
}

/** What the filler of the volume runs on each node: prints one line and ends with 0, or says what is wrong and ends with 1. */
async function verify(): Promise<void> {
  const faults = await volumeFaults(PATHS.agent);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  const node = process.env[AGENT_ENV.nodeHostname] ?? 'this node';
  if (faults.length === 0) process.stdout.write(`agent ${VERSION} ok on ${node}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/** The main process of a container that serves a package. */
async function serve(): Promise<void> {
  process.on('unhandledRejection', broken);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(0));
  const { servePackage, wholeArchive } = await import('./package/serve-package.js');
  const service = JSON.parse(process.env[PACKAGE_SERVER.env] ?? '') as PackageService;
  const file = wholeArchive(service, PACKAGE_SERVER.folder);
  // The controller recreates a container that doesn't stay up
  file.catch(broken);
  servePackage(service, file);
}

function broken(error: unknown): void {
  process.stderr.write(`mpiswarm agent: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(BROKEN);
}
