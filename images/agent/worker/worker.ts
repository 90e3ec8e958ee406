import { given } from '../../../controller/shared/given.js';
import type { Registration } from '../../../controller/shared/protocol/protocol.js';
import { writeRunProperties } from '../package/job-folder.js';
import type { Arrival } from '../package/package-fetch.js';
import { executable } from '../process/executable.js';
import { reportPlacement } from '../ranks/placement.js';
import type { RankOutput } from '../ranks/rank-output.js';
import type { Identity } from '../runtime/identity.js';
import type { Log } from '../runtime/log.js';
import type { AgentPaths } from '../runtime/paths.js';
import type { RunStore } from '../runtime/store.js';
import { writeHostKey } from '../ssh/scratch.js';
import { findSshd, startSshd } from '../ssh/sshd.js';
import { user } from '../ssh/user.js';
import { mpirunVersion } from './mpirun-version.js';
import { nodeRecord } from './node-record.js';
import { registrar } from './register.js';
import { ownRegistration } from './registration.js';

export interface WorkerOptions {
  readonly identity: Identity;
  readonly index: number;
  readonly paths: AgentPaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly store: RunStore;
  readonly log: Log;
  readonly address: Promise<string | undefined>;
  /** The run's package; the worker is up only when it is there. */
  readonly arrival: Arrival;
  /** Hands over what ranks in this container write. */
  readonly output?: RankOutput;
}

export interface Part {
  /** Ends everything this part has started; its ephemeral records go with the session. */
  stop(): Promise<void>;
}

/** Starts of sshd that fail in a row before the worker says that it will not become ready by itself. */
const HOPELESS = 5;
/** After the first login, in milliseconds: asking mpirun for its version must not slow the start of the run. */
const VERSION_PAUSE_MS = 3000;

/** The worker's part of the agent: sshd, registration, and which ranks run here. */
export async function startWorker(options: WorkerOptions): Promise<Part> {
  const { identity, index, paths, env, store, log } = options;
  const { spec, task, node } = identity;
  const register = registrar(store, index, nodeRecord(store, node.id, log), log);
  const placement = { store, log, ranks: paths.ranks, worker: index, task };
  const stopReport = reportPlacement(options.output ? { ...placement, output: options.output } : placement);
  const stopRanks = async () => {
    stopReport();
    await options.output?.flush();
    options.output?.stop();
  };
  const address = await options.address;
  const base = await ownRegistration(identity, index, address);
  let current: Registration | undefined;
  const want = (registration: Registration | undefined) => {
    current = registration;
    register.want(registration);
  };
  const fail = (fault: string): Part => {
    log('fault', { fault });
    want({ ...base, fault });
    return { stop: stopRanks };
  };

  if (address === undefined) return fail(noAddress(spec.subnets));
  if (base.fault !== undefined) return fail(base.fault);
  if (base.ports !== undefined) writeRunProperties(paths, identity, base.ports);
  const me = user(process.getuid?.() ?? 0);
  if (me === undefined) return fail(noUser());
  const program = findSshd(env);
  if (program === undefined) return fail('no sshd in the image: install openssh-server there');
  if (identity.workerSecret !== undefined) writeHostKey(paths, identity.workerSecret);
  options.arrival.onWaiting(waiting => want({ ...base, waiting }));
  const lacking = await options.arrival.ended;
  if (lacking !== undefined) return fail(lacking);

  let version: string | undefined;
  let versionTimer: NodeJS.Timeout | undefined;
  const addVersion = async () => {
    const mpirun = executable('mpirun', env);
    version = mpirun === undefined ? undefined : await mpirunVersion(mpirun);
    if (version !== undefined && current !== undefined) want({ ...current, mpirun: version });
  };
  const sshd = startSshd(program, {
    ...{ paths, address, port: spec.sshPort, clientPublicKey: spec.clientPublicKey, user: me, env, log },
    onListening: () => want({ ...base, ...given({ mpirun: version }) }),
    onDown: (lastWords, failures) => {
      const fault = `sshd does not start: ${lastWords}`;
      want(failures < HOPELESS ? undefined : { ...base, fault });
    },
    onRefusing: fault => want({ ...base, fault }),
    onLogin: () => {
      versionTimer ??= setTimeout(() => void addVersion(), VERSION_PAUSE_MS);
    },
  });
  return {
    stop: async () => {
      clearTimeout(versionTimer);
      await Promise.all([stopRanks(), sshd.stop()]);
    },
  };
}

/** Why a container has no place in the run's network, for a person. */
export function noAddress(subnets: readonly string[]): string {
  return `no address in ${subnets.join(', ')}: the container is not attached to the run's network`;
}

/** Why SSH cannot work for this user, for a person. */
export function noUser(): string {
  return `user ${process.getuid?.()} has no entry in the image's /etc/passwd: add one, or set workers.user to one that has`;
}
