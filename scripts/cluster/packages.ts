import { existsSync } from 'node:fs';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { CommandError, command, PATH } from './lib/command.js';
import { lack, MissingRequirement } from './requirements.js';

/** What a caller wants to do; each needs some of the distribution's packages. */
export type Part =
  | 'engine'
  | 'builder'
  /** To make base images where no registry can be reached. */
  | 'debootstrap'
  | 'zookeeper'
  | 'registry'
  | 'box'
  | 'sync'
  /** What agents need where they run on this machine. */
  | 'agent';

interface Need {
  readonly part: Part;
  /** A program looked for in the path, or an absolute path. */
  readonly provides: string;
  readonly package: string;
}

const NEEDS: readonly Need[] = [
  { part: 'engine', provides: 'dockerd', package: 'docker.io' },
  { part: 'engine', provides: 'iptables', package: 'iptables' },
  { part: 'engine', provides: 'ip', package: 'iproute2' },
  { part: 'engine', provides: 'nsenter', package: 'util-linux' },
  { part: 'engine', provides: 'unshare', package: 'util-linux' },
  { part: 'engine', provides: 'mount', package: 'mount' },
  { part: 'engine', provides: 'hostname', package: 'hostname' },
  { part: 'builder', provides: 'dockerd', package: 'docker.io' },
  { part: 'builder', provides: 'flock', package: 'util-linux' },
  { part: 'builder', provides: 'setpriv', package: 'util-linux' },
  { part: 'builder', provides: 'unshare', package: 'util-linux' },
  { part: 'debootstrap', provides: 'debootstrap', package: 'debootstrap' },
  {
    part: 'debootstrap',
    provides: '/usr/share/keyrings/debian-archive-keyring.gpg',
    package: 'debian-archive-keyring',
  },
  { part: 'debootstrap', provides: 'tar', package: 'tar' },
  { part: 'zookeeper', provides: '/usr/share/java/zookeeper.jar', package: 'zookeeper' },
  { part: 'zookeeper', provides: 'java', package: 'default-jre-headless' },
  { part: 'registry', provides: 'docker-registry', package: 'docker-registry' },
  { part: 'registry', provides: 'htpasswd', package: 'apache2-utils' },
  { part: 'box', provides: 'busybox', package: 'busybox-static' },
  { part: 'sync', provides: 'rsync', package: 'rsync' },
  { part: 'agent', provides: 'sshd', package: 'openssh-server' },
  { part: 'agent', provides: 'ssh', package: 'openssh-client' },
  { part: 'agent', provides: 'mpirun', package: 'openmpi-bin' },
];

const APT = ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300'] as const;
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_ASIDE = `${POLICY}.before-mpiswarm`;
const POLICY_TEXT = '#!/bin/sh\n# mpiswarm: no service starts while packages are installed\nexit 101\n';

/**
 * Debian packages that are needed for the parts and not there, sorted; empty when nothing has to be
 * installed.
 */
export function missingPackages(parts: readonly Part[]): readonly string[] {
  return [...new Set(missingNeeds(parts).map(need => need.package))].sort();
}

/**
 * Why these parts cannot be used on this machine, in one sentence; undefined when they can, be it after
 * {@link installPackages}. Changes nothing.
 * @param what the subject of the sentence: `npm test`, `a private Docker Engine`
 */
export function missingRequirement(what: string, parts: readonly Part[]): string | undefined {
  return lack(what, {
    platform: process.platform,
    root: process.getuid?.() === 0,
    aptGet: isThere('apt-get'),
    missing: missingNeeds(parts),
  });
}

/** Throws {@link MissingRequirement} where {@link missingRequirement} names one. */
export function requireParts(what: string, parts: readonly Part[]): void {
  const sentence = missingRequirement(what, parts);
  if (sentence !== undefined) throw new MissingRequirement(sentence);
}

function missingNeeds(parts: readonly Part[]): readonly Need[] {
  return NEEDS.filter(need => parts.includes(need.part) && !isThere(need.provides));
}

/**
 * Installs packages with apt, without questions and without recommendations. No service is started by it: the
 * packages of the engine and of the registry would otherwise start a system-wide one where there is systemd,
 * and an engine changes the machine's firewall when it starts.
 */
export async function installPackages(
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  if (packages.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  say(`installing ${packages.join(' ')}`);
  await withoutServices(async () => {
    await aptUpdate(env, say);
    const install = [...APT, 'install', '-y', '--no-install-recommends', ...packages];
    await command(install, { env, deadlineMs: 900_000 });
  });
}

function isThere(provides: string): boolean {
  if (provides.startsWith('/')) return existsSync(provides);
  return PATH.split(':').some(dir => existsSync(`${dir}/${provides}`));
}

/** A failed update needn't stop the install: the present lists may have the packages. */
async function aptUpdate(env: Readonly<Record<string, string>>, say: (line: string) => void): Promise<void> {
  try {
    await command([...APT, 'update'], { env, deadlineMs: 300_000 });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    say(`cannot update the package lists: ${error.message}`);
  }
}

/**
 * Every package's start of a service asks `policy-rc.d` first (Debian policy 9.3.3; invoke-rc.d(8)); 101
 * forbids it. A policy that was there is put back afterwards, also by the next install if this one was
 * killed.
 */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  await restorePolicy();
  if (existsSync(POLICY)) await rename(POLICY, POLICY_ASIDE);
  await writeFile(POLICY, POLICY_TEXT);
  await chmod(POLICY, 0o755);
  try {
    await work();
  } finally {
    await restorePolicy();
  }
}

async function restorePolicy(): Promise<void> {
  if (existsSync(POLICY) && (await readFile(POLICY, 'utf8')) === POLICY_TEXT) await rm(POLICY);
  if (existsSync(POLICY_ASIDE) && !existsSync(POLICY)) await rename(POLICY_ASIDE, POLICY);
}
