import { existsSync, readFileSync } from 'node:fs';
import { missingPackages, type Part } from '../cluster/packages.js';
import { TEST_PARTS } from '../prepare/cluster.js';
import type { Place } from './model/suites.js';

/** What Debian packages are installed for, where they are missing. */
export const PARTS: readonly Part[] = [...TEST_PARTS, 'box', 'agent'];

const UNIT = 'npm run test:unit needs none of that and runs anywhere.';

/**
 * Why tests of these places cannot run on this machine, in a sentence with what to do; undefined when they can. Unit
 * tests and the simulation need nothing.
 */
export function obstacle(places: ReadonlySet<Place>): string | undefined {
  if (!places.has('machine') && !places.has('cluster')) return undefined;
  const what = 'tests with real engines, ZooKeeper, sshd and mpirun';
  if (process.platform !== 'linux') return `${what} need Linux, and this is ${process.platform}; ${UNIT}`;
  const uid = process.getuid?.();
  if (uid !== 0)
    return `${what} need root, because they start Docker Engines in network namespaces of their own; this is user ${uid}. ${UNIT}`;
  const missing = missingPackages(PARTS);
  if (missing.length === 0 || isDebian12()) return undefined;
  return `${what} need the Debian packages ${missing.join(', ')}, which are not installed; only Debian 12 lets the tests install them. ${UNIT}`;
}

/** Its packages are the versions that the tests are written for. */
function isDebian12(): boolean {
  if (!existsSync('/etc/os-release')) return false;
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^ID=debian$/m.test(text) && /^VERSION_ID="12"$/m.test(text);
}
