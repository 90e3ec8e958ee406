import { existsSync } from 'node:fs';
import { PATH } from '../cluster/lib/command.js';

/** Debian packages that {@link ensureImages} needs when an image is not in the cache yet, by the program each gives. */
const IMAGE_PACKAGES: Readonly<Record<string, string>> = {
  'apt-config': 'apt',
  debootstrap: 'debootstrap',
  dockerd: 'docker.io',
  flock: 'util-linux',
  setpriv: 'util-linux',
  tar: 'tar',
  unshare: 'util-linux',
};

/** Throws, naming program and package, unless this process may build images here: root, with all programs there. */
export function checkPrograms(): void {
  if (process.getuid?.() !== 0)
    throw new Error('building images needs root, to start a Docker Engine of its own');
  for (const [program, name] of Object.entries(IMAGE_PACKAGES)) {
    if (!PATH.split(':').some(dir => existsSync(`${dir}/${program}`))) {
      throw new Error(`building images needs ${program}, which is not installed: apt-get install ${name}`);
    }
  }
}
