import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { errorMessage } from '../../../controller/shared/error-message.js';
import { moment } from '../../../controller/shared/moment.js';
import { hostfile } from '../../../controller/shared/protocol/hostfile.js';
import {
  type LauncherReport,
  type LauncherSecret,
  type Registration,
  RUN_ZNODES,
  type RunSpec,
  type StartToken,
} from '../../../controller/shared/protocol/protocol.js';
import { singleFlight } from '../../../controller/shared/single-flight.js';
import type { Arrival } from '../package/package-fetch.js';
import type { OutputBudget } from '../process/output-budget.js';
import { replaceFile } from '../process/replace-file.js';
import { storePlacement } from '../ranks/placement.js';
import type { RankOutput } from '../ranks/rank-output.js';
import type { Identity } from '../runtime/identity.js';
import type { Log } from '../runtime/log.js';
import type { AgentPaths } from '../runtime/paths.js';
import type { RunStore } from '../runtime/store.js';
import { writeClientKey } from '../ssh/scratch.js';
import { sshClientConfig, writeKnownHosts } from '../ssh/ssh-client-config.js';
import { user } from '../ssh/user.js';
import { interfaceOf } from '../worker/address.js';
import { noAddress, type Part } from '../worker/worker.js';
import { javaFault } from './java-check.js';
import { launcherFault } from './launcher-checks.js';
import { reporter } from './reporter.js';
import { type Refused, type RunEnd, runOnce } from './run-once.js';
import { type Silence, silence } from './silence.js';
import { Proofs } from './ssh-prober.js';

export interface LauncherOptions {
  readonly identity: Identity;
  readonly secret: LauncherSecret;
  readonly paths: AgentPaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly store: RunStore;
  readonly log: Log;
  readonly address: Promise<string | undefined>;
  /** The run's package; SSH is tried only when it is there. */
  readonly arrival: Arrival;
  /** The container's standard output. */
  readonly stdout: Writable;
  readonly budget: OutputBudget;
  /** Hands over what ranks in this container write. */
  readonly output?: RankOutput;
  /** The command ran and has ended, and its result is written or given up. */
  readonly onEnd: (end: RunEnd) => void;
}

export interface Launcher extends Part {
  /** Passes a signal of the engine on to the command; false when none is running. */
  signal(name: NodeJS.Signals): boolean;
}

const LOGIN_DEADLINE_MS = 10_000;
/** A lost watch costs this long and no more. */
const RESYNC_MS = 2000;

/**
 * The launcher's part of the agent. Looks at the registrations again and again; proves SSH to each; writes the hostfile
 * when exactly the run's workers are registered and proven; starts the command once the token for that hostfile is there;
 * ends it once the stop token is there, or never starts it.
 */
export async function startLauncher(options: LauncherOptions): Promise<Launcher> {
  const { identity, secret, paths, env, store, log, arrival } = options;
  const { spec, task, node } = identity;
  const placement = options.output ? { output: options.output } : {};
  // ssh2 is large; its loading overlaps with the start of the other containers.
  const { prove } = await import('./ssh-login.js');
  const address = await options.address;
  const me = user(process.getuid?.() ?? 0);
  const ending = new AbortController();
  const reports = reporter(store);
  const report = (state: Partial<LauncherReport>) =>
    reports.report({ task, address: address ?? '', node, ssh: proofs.report(), ...state });

  const proofs = new Proofs(
    (worker, signal) =>
      prove({
        ...{ address: worker.address, port: worker.port, user: me?.name ?? spec.sshUser },
        ...{ clientKey: secret.clientKey, hostPublicKey: spec.hostPublicKey },
        ...{ deadlineMs: LOGIN_DEADLINE_MS, signal },
      }),
    () => check(),
  );

  let fault = address === undefined ? noAddress(spec.subnets) : launcherFault(spec.command[0] ?? '', env);
  let running: ReturnType<typeof runOnce> | undefined;
  let written: string | undefined;
  let waiting: string | undefined;
  /** Looked for once, and only when all else is there: a package, too. */
  let java: Promise<string | undefined> | undefined;
  /** From the claim on, where the run may not go on for long without ZooKeeper. */
  let quiet: Silence | undefined;

  /** Reads the run's znodes and takes the one step they call for. */
  const step = async () => {
    if (fault !== undefined) return report({ fault });
    if (arrival.isPending()) return report(waiting === undefined ? {} : { waiting });
    const asked = moment();
    const [stopping, token, workers] = await Promise.all([
      store.has(RUN_ZNODES.stop, check),
      store.read<StartToken>(RUN_ZNODES.start, check),
      running === undefined ? registrations(store, check) : [],
    ]);
    quiet?.answered(asked);
    if (stopping) running?.stop();
    if (stopping || running !== undefined) return;
    proofs.want(workers.filter(worker => worker.fault === undefined));
    if (!isComplete(workers, spec.workers) || !workers.every(worker => proofs.holds(worker)))
      return report({});
    java ??= javaFault(spec.java, env);
    fault ??= await java;
    if (fault !== undefined) return report({ fault });
    try {
      await writeKnownHosts(paths, workers, spec.hostPublicKey);
      const wanted = hostfile(workers);
      if (written !== wanted) written = await replaceFile(spec.hostfile, wanted);
    } catch (error) {
      fault = `hostfile ${spec.hostfile} cannot be written: ${errorMessage(error)}; choose another mpi.hostfile`;
      return report({ fault });
    }
    report({ hostfile: written });
    if (token !== undefined) await start(token, workers);
  };
  const start = async (token: StartToken, workers: readonly Registration[]) => {
    const onDisk = await readFile(spec.hostfile, 'utf8');
    if (token.hostfile !== onDisk) {
      written = undefined;
      log('not started: the start token is for another hostfile', { token: token.hostfile, onDisk });
      return;
    }
    if (spec.unreachableSeconds !== undefined) {
      quiet = silence(spec.unreachableSeconds * 1_000, () => {
        log('no answer of zookeeper for too long: ending the command', { seconds: spec.unreachableSeconds });
        running?.stop('silence');
      });
    }
    const { isOver } = quiet ?? { isOver: () => false };
    running = runOnce({
      isCutOff: isOver,
      ...{ identity, env, store, log, stdout: options.stdout, budget: options.budget },
      ...{ nonce: randomUUID(), signal: ending.signal },
      workers: workers.map(worker => worker.task),
      startEnv: interfaceEnv(spec, address ?? '', workers),
      // The container ends with the command, so report what started in it before that
      beforeResult: ending =>
        storePlacement({
          ...{ ...placement, store, log, ranks: paths.ranks, task, ending },
          worker: identity.worker ?? -1,
        }),
    });
    running.ended.then(
      end => ('refused' in end ? refuse(end) : options.onEnd(end)),
      // Only the end of the agent itself ends the wait for the claim without an answer.
      (error: unknown) => log('start given up', { error: errorMessage(error) }),
    );
    check();
  };
  const refuse = ({ refused }: Refused) => {
    fault = refused;
    running = undefined;
    quiet?.stop();
    log('fault', { fault });
    check();
  };
  // The next poll retries a failed step
  const check = singleFlight(() =>
    step().catch((error: unknown) => log('step failed', { error: errorMessage(error) })),
  );

  writeClientKey(paths, secret);
  await replaceFile(paths.sshConfig, sshClientConfig(paths, spec.sshPort, me?.name ?? spec.sshUser), 0o600);
  arrival.onWaiting(why => {
    waiting = why;
    check();
  });
  void arrival.ended.then(lacking => {
    fault ??= lacking;
    check();
  });
  const resync = setInterval(check, RESYNC_MS);
  check();
  return {
    signal: name => running?.signal(name) ?? false,
    stop: async () => {
      ending.abort(new Error('the agent is shutting down'));
      clearInterval(resync);
      quiet?.stop();
      proofs.stop();
      reports.stop();
    },
  };
}

async function registrations(store: RunStore, watch: () => void): Promise<readonly Registration[]> {
  const names = await store.children(RUN_ZNODES.workers, watch);
  const read = (name: string) => store.read<Registration>(`${RUN_ZNODES.workers}/${name}`, watch);
  const found = await Promise.all(names.map(read));
  return found.filter(worker => worker !== undefined).sort((a, b) => a.index - b.index);
}

/** Exactly workers 0 to `count` - 1, none with a fault. `workers` is sorted by index. */
function isComplete(workers: readonly Registration[], count: number): boolean {
  return (
    workers.length === count &&
    workers.every((worker, at) => worker.index === at && worker.fault === undefined)
  );
}

/** The run's interface variables, set where the overlay's interface has one name in all containers. */
function interfaceEnv(
  spec: RunSpec,
  address: string,
  workers: readonly Registration[],
): Readonly<Record<string, string>> {
  const name = interfaceOf(address);
  if (name === undefined || !workers.every(worker => worker.interface === name)) return {};
  return Object.fromEntries(spec.interfaceVariables.map(variable => [variable, name]));
}
