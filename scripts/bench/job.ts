import { mergeFiles } from '../../controller/api/manifest/merge-files.js';
import { parseManifests } from '../../controller/api/manifest/parse.js';
import { mpirunCommand, mpirunEnv } from '../../controller/core/desired/mpirun.js';
import { PATHS } from '../../controller/shared/protocol/protocol.js';
import { agentPaths } from '../../images/agent/runtime/paths.js';
import { sshClientConfig } from '../../images/agent/ssh/ssh-client-config.js';
import { sshdConfig } from '../../images/agent/ssh/sshd-config.js';

/** The image of every contender. Its digest, where one is needed, is looked up once. */
export const IMAGE = 'mpiswarm/openmpi5:0.1.0';
/** Shared by all jobs, and made before anything is measured. */
export const NETWORK = 'mesos-overlay';
const PORT = 2022;
const HOSTFILE = '/twister2/hostFile';

/**
 * A rank says when it began, by a builtin, before it does anything else. Then it stays for a moment: mpirun of Open
 * MPI 5.0.7 now and then hangs for ever after many ranks that end as soon as they have begun (6 of 42 starts with 16
 * containers on 2 cores).
 */
const PROGRAM = ['bash', '-c', 'echo "rank began at $EPOCHREALTIME"; sleep 0.5'] as const;

/**
 * The job as a manifest. Nothing is cleaned up before the manifest goes, so that the job is done at once when its
 * command is.
 */
export function manifest(name: string, workers: number): string {
  return JSON.stringify({
    apiVersion: 'mpiswarm.dev/v1',
    kind: 'MPIJob',
    metadata: { name },
    spec: {
      image: IMAGE,
      workers: { replicas: workers },
      command: [PROGRAM[0]],
      args: PROGRAM.slice(1),
      runPolicy: { cleanUpPolicy: 'None' },
    },
  });
}

/** When each rank began, in milliseconds since the epoch, ascending. */
export function rankTimes(output: string): readonly number[] {
  return [...output.matchAll(/^rank began at (\d+\.\d+)\s*$/gm)]
    .map(([, seconds]) => Number(seconds) * 1000)
    .sort((a, b) => a - b);
}

/** What a script written by hand needs to do the same job with the same settings of Open MPI and of SSH. */
export interface HandJob {
  /** `mpirun …`, as the product starts it. */
  readonly command: readonly string[];
  /** Open MPI's settings, as the product sets them, but for the recorder of ranks. */
  readonly env: Readonly<Record<string, string>>;
  readonly hostfile: string;
  readonly sshPort: number;
  readonly sshdConfig: string;
  readonly sshConfig: string;
}

/** Where the scripts keep their files in a container. */
export const HAND = {
  folder: '/run/hand',
  hostKey: '/run/secrets/host_key',
  clientKey: '/run/secrets/client_key',
  authorizedKeys: '/run/hand/authorized_keys',
  sshdConfig: '/run/hand/sshd_config',
  sshConfig: '/run/hand/ssh_config',
  knownHosts: '/run/hand/known_hosts',
} as const;

export function handJob(workers: number, subnet: string): HandJob {
  const [parsed] = mergeFiles([parseManifests(manifest('hand', workers), 'hand.json')]).jobs;
  if (parsed === undefined) throw new Error('the manifest of the benchmark is not valid');
  const job = parsed.manifest;
  const settings = {
    paths: { hostKey: HAND.hostKey, authorizedKeys: HAND.authorizedKeys },
    ...{ address: '0.0.0.0', port: PORT, usePam: false, penalties: true, env: {} },
  };
  const paths = { ...agentPaths(''), clientKey: HAND.clientKey, knownHosts: HAND.knownHosts };
  return {
    command: mpirunCommand(job, subnet, 'none'),
    env: handEnv(mpirunEnv(job, subnet)),
    ...{ hostfile: HOSTFILE, sshPort: PORT },
    sshdConfig: sshdConfig(settings),
    sshConfig: sshClientConfig(paths, PORT, 'root'),
  };
}

/** The recorder lives in the agent's volume, which the scripts do without; their ssh configuration is elsewhere. */
function handEnv(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(env).filter(([, value]) => !value.startsWith(PATHS.agent));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, value.startsWith('-F ') ? `-F ${HAND.sshConfig}` : value]),
  );
}
