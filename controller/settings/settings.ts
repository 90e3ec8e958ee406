import { DEFAULT_LIMITS } from '../core/gc/outputs.js';
import { MAX_RUNS } from '../core/model/record.js';
import type { Setting } from './types.js';
import type { Settings } from './values.js';

export type { Settings };

export type SettingName = keyof Settings;

const HOSTS = /^[A-Za-z0-9._-]+(:\d{1,5})?(,[A-Za-z0-9._-]+(:\d{1,5})?)*$/;
const hosts = {
  kind: 'text',
  pattern: HOSTS,
  expected: 'HOST:PORT[,HOST:PORT…]',
  placeholder: 'HOSTS',
} as const;
const image = {
  kind: 'text',
  pattern: /^[\w./:@-]+$/,
  expected: 'an image reference',
  placeholder: 'IMAGE',
} as const;

/** All settings, once. Flags, environment variables, configuration file and docs/reference/settings.md follow from this table. */
export const SETTINGS: { readonly [K in SettingName]-?: Setting } = {
  manifests: {
    type: { kind: 'path' },
    for: 'up',
    default: './manifests',
    description: 'folder of job manifests to watch, with its subfolders',
  },
  docker: {
    type: {
      kind: 'text',
      pattern: /^(unix:\/\/\/|tcp:\/\/[^/]|https?:\/\/[^/]).*$/,
      expected: 'unix:///PATH, tcp://HOST:PORT or https://HOST:PORT',
      placeholder: 'URL',
    },
    for: 'all',
    usualVariable: 'DOCKER_HOST',
    default: 'unix:///var/run/docker.sock',
    description: 'Docker Engine to use; it must be a Swarm manager, or not part of a swarm yet',
  },
  zookeeper: {
    type: hosts,
    for: 'all',
    absent: 'embedded: a ZooKeeper container beside the engine',
    description: 'ZooKeeper servers to use instead of starting one',
  },
  agentZookeeper: {
    type: hosts,
    for: 'up',
    absent: 'the same as `zookeeper`',
    description: 'the same servers as containers reach them, if that differs',
  },
  zookeeperRoot: {
    type: {
      kind: 'text',
      pattern: /^(\/[A-Za-z0-9._-]+)+$/,
      expected: 'an absolute znode path without a slash at its end',
      placeholder: 'ZNODE',
    },
    for: 'all',
    default: '/mpiswarm',
    description: 'znode under which everything is stored; each one is an installation of its own',
  },
  zookeeperAuth: {
    type: { kind: 'text', pattern: /^[^:\s]+:\S+$/, expected: 'USER:PASSWORD', placeholder: 'USER:PASSWORD' },
    for: 'all',
    absent: 'generated, kept in `stateDir`',
    description:
      'digest credential that owns the znodes; a flag shows in process lists, so prefer the file form',
    secret: true,
  },
  zookeeperAuthFile: {
    type: { kind: 'path' },
    for: 'all',
    absent: 'none',
    description: 'file that contains that credential',
  },
  zookeeperPort: {
    type: { kind: 'port' },
    for: 'all',
    default: '2181',
    description: 'port on 127.0.0.1 of the embedded ZooKeeper',
  },
  zookeeperImage: {
    type: image,
    for: 'up',
    default: {
      of: ({ version }) => `mpiswarm/zookeeper:${version}`,
      words: '`mpiswarm/zookeeper:VERSION`',
    },
    description: 'image of the embedded ZooKeeper',
  },
  zookeeperHeap: {
    type: { kind: 'size' },
    for: 'up',
    absent: "a quarter of the machine's memory, at least 1 GiB where it has 2 GiB, at most 8 GiB",
    description:
      'memory for the data of the embedded ZooKeeper; its container keeps what it was made with until it is removed',
  },
  agentImage: {
    type: image,
    for: 'up',
    absent: "made from this machine's Node",
    description: 'image with the agent, for swarms of several nodes with a registry',
  },
  stateDir: {
    type: { kind: 'path' },
    for: 'all',
    default: {
      of: ({ env, home, isRoot }) =>
        isRoot ? '/var/lib/mpiswarm' : `${env['XDG_STATE_HOME'] || `${home}/.local/state`}/mpiswarm`,
      words: 'root: `/var/lib/mpiswarm`, else `$XDG_STATE_HOME/mpiswarm` or `~/.local/state/mpiswarm`',
    },
    description: 'folder for the output of ended runs and the generated credential',
  },
  tick: {
    type: { kind: 'duration', atLeastMs: 100 },
    for: 'up',
    default: '2s',
    description: 'longest time between two ticks while a job is open and something changes',
  },
  idleTick: {
    type: { kind: 'duration', atLeastMs: 100 },
    for: 'up',
    default: '10s',
    description: 'the same while no job is open, or nothing has changed for ten times as long',
  },
  sessionTimeout: {
    type: { kind: 'duration', atLeastMs: 1_000 },
    for: 'up',
    default: '10s',
    description: 'ZooKeeper session timeout: how long a silent worker stays registered',
  },
  grace: {
    type: { kind: 'duration', atLeastMs: 0 },
    for: 'up',
    default: '10s',
    description: 'grace period of mpirun between SIGTERM and SIGKILL',
  },
  keepRuns: {
    type: { kind: 'count', atLeast: 1, atMost: MAX_RUNS },
    for: 'up',
    default: String(DEFAULT_LIMITS.runs),
    description: 'number of runs per job whose output is kept',
  },
  keepAge: {
    type: { kind: 'duration', atLeastMs: 1_000 },
    for: 'up',
    default: `${DEFAULT_LIMITS.ageMs / 86_400_000}d`,
    description: 'how long the output of a run is kept after it ended',
  },
  keepSize: {
    type: { kind: 'size' },
    for: 'up',
    default: `${DEFAULT_LIMITS.bytes / 2 ** 30}Gi`,
    description: 'total size of the stored output; the output of the oldest runs is removed first',
  },
  keepLaunchers: {
    type: { kind: 'count', atLeast: 0, atMost: 100_000 },
    for: 'up',
    default: String(DEFAULT_LIMITS.launchers),
    description:
      'number of ended launchers that stay on the cluster, of all jobs together; those that ended first are removed first, and their output and status stay',
  },
  policy: {
    type: { kind: 'path' },
    for: 'up',
    absent: 'none: everything is allowed',
    description: 'file that says what jobs of each namespace may have',
  },
  allowPruneAll: {
    type: { kind: 'switch' },
    for: 'up',
    default: 'false',
    description: 'remove all jobs at once if the manifest folder is empty; for a single start',
  },
  allowEmptyZookeeper: {
    type: { kind: 'switch' },
    for: 'up',
    default: 'false',
    description:
      'go on with a ZooKeeper that does not know of what the swarm has of its jobs, and remove that; for a single start',
  },
  auditWrite: {
    type: { kind: 'switch' },
    for: 'up',
    default: 'false',
    description:
      "leave jobs' containers the capability AUDIT_WRITE, which sshd of Red Hat's family needs for logins as root",
  },
  advertiseAddr: {
    type: {
      kind: 'text',
      pattern: /^[A-Za-z0-9.:_-]+$/,
      expected: 'an address or the name of an interface',
      placeholder: 'ADDRESS',
    },
    for: 'up',
    absent: '`127.0.0.1`',
    description: 'address at which other nodes reach a swarm that `up` creates',
  },
  logLevel: {
    type: { kind: 'choice', of: ['debug', 'info', 'warn', 'error'] },
    for: 'up',
    default: 'info',
    description: 'lowest level of log lines',
  },
  logFormat: {
    type: { kind: 'choice', of: ['text', 'json'] },
    for: 'up',
    default: 'text',
    description: 'log lines for people or for programs',
  },
  color: {
    type: { kind: 'choice', of: ['auto', 'always', 'never'] },
    for: 'all',
    default: {
      of: ({ env }) => (env['NO_COLOR'] ? 'never' : 'auto'),
      words: '`auto`: on a terminal, unless `$NO_COLOR` is set',
    },
    description: 'colours',
  },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
