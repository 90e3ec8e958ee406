import { existsSync } from 'node:fs';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../cluster/lib/command.js';
import { sourcesListFor } from './apt-sources.js';
import type { Suite } from './catalogue.js';
import type { MachineApt } from './machine-apt.js';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const BOOTSTRAP_MS = 900_000;
/** Label of a base image that was made here: it has this machine's apt sources. */
export const MADE_LABEL = 'mpiswarm.dev/base';

/**
 * Makes the archive of a minimal Debian file system with debootstrap, from the machine's own mirror, with security
 * fixes where the machine has them configured. Signatures are checked; without the archive's keys nothing is made.
 */
export async function makeBase(
  suite: Suite,
  apt: MachineApt,
  dir: string,
  signal?: AbortSignal,
): Promise<string> {
  if (!existsSync(`/usr/share/debootstrap/scripts/${suite}`)) {
    throw new Error(
      `make debian:${suite}-slim: this machine's debootstrap does not know ${suite}; install a newer one`,
    );
  }
  const tree = join(dir, `${suite}-tree`);
  const tar = join(dir, `${suite}.tar`);
  await mkdir(tree, { recursive: true });
  await bootstrap(suite, tree, apt, signal);
  await configure(suite, tree, apt);
  await upgrade(tree, apt, signal);
  await slimTree(tree);
  const excluded = ['proc', 'sys', 'dev', 'run'].map(name => `--exclude=./${name}/*`);
  await command(['tar', '--sort=name', '--numeric-owner', ...excluded, '-C', tree, '-cf', tar, '.'], {
    deadlineMs: BOOTSTRAP_MS,
    signal,
  });
  await rm(tree, { recursive: true, force: true });
  return tar;
}

/** Mounts and leftover processes of a killed debootstrap end with these namespaces. */
const APART = ['unshare', '--mount', '--pid', '--fork', '--kill-child=SIGKILL'] as const;

async function bootstrap(
  suite: Suite,
  tree: string,
  { mirror, proxy }: MachineApt,
  signal: AbortSignal | undefined,
): Promise<void> {
  const https = mirror.main.startsWith('https:') || mirror.security?.startsWith('https:') === true;
  const options = ['--variant=minbase', '--force-check-gpg', `--keyring=${KEYRING}`];
  if (https) options.push('--include=ca-certificates');
  await command([...APART, 'debootstrap', ...options, suite, tree, mirror.main], {
    env: proxy,
    deadlineMs: BOOTSTRAP_MS,
    signal,
  });
}

async function configure(suite: Suite, tree: string, { mirror, freshness }: MachineApt): Promise<void> {
  const etc = (path: string): string => join(tree, 'etc', path);
  await writeFile(etc('apt/sources.list'), sourcesListFor(suite, mirror));
  await writeFile(etc('apt/apt.conf.d/mpiswarm'), [...APT_CONF, ...freshness, ''].join('\n'));
  await writeFile(etc('dpkg/dpkg.cfg.d/mpiswarm'), `${DPKG_CONF.join('\n')}\n`);
  // No service starts while packages are installed (Debian policy 9.3.3).
  await writeFile(join(tree, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  await appendFile(etc('hosts'), '127.0.0.1 localhost\n');
}

async function upgrade(tree: string, { proxy }: MachineApt, signal: AbortSignal | undefined): Promise<void> {
  const script = 'apt-get -q update && apt-get -q -y --no-install-recommends dist-upgrade && apt-get clean';
  const env = { ...proxy, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  await command([...APART, 'chroot', tree, 'sh', '-c', script], { env, deadlineMs: BOOTSTRAP_MS, signal });
}

const APT_CONF = [
  'Acquire::Languages "none";',
  'APT::Install-Recommends "false";',
  'Dir::Cache::pkgcache "";',
  'Dir::Cache::srcpkgcache "";',
];

/** As in Debian's own slim images: no manuals, documents and translations, but licences stay. */
const DPKG_CONF = [
  'force-unsafe-io',
  'path-exclude /usr/share/doc/*',
  'path-include /usr/share/doc/*/copyright',
  'path-exclude /usr/share/groff/*',
  'path-exclude /usr/share/info/*',
  'path-exclude /usr/share/lintian/*',
  'path-exclude /usr/share/linda/*',
  'path-exclude /usr/share/locale/*',
  'path-exclude /usr/share/man/*',
];

/**
 * Removes what was installed before {@link DPKG_CONF} held, caches, lists, logs, and what belongs to this machine.
 * Folders of manuals stay: packages register theirs in them.
 */
const SLIM = `
set -e
cd "$1"
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -mindepth 1 -depth -type d -empty -delete
for dir in usr/share/groff usr/share/info usr/share/lintian usr/share/linda usr/share/locale usr/share/man; do
  if [ -d "$dir" ]; then find "$dir" -type f,l -delete; fi
done
for dir in var/lib/apt/lists var/cache/apt var/cache/debconf var/cache/ldconfig var/log tmp var/tmp; do
  if [ -d "$dir" ]; then find "$dir" -mindepth 1 -delete; fi
done
rm -f etc/hostname etc/hosts etc/resolv.conf
: >etc/machine-id
`;

async function slimTree(tree: string): Promise<void> {
  await command(['sh', '-c', SLIM, 'slim', tree]);
}
