import { posix } from 'node:path';
import { groupPath, groupsOf } from '../types/groups.js';
import type { MPIJob } from '../types/mpijob.js';
import { show } from '../types/text.js';
import { type Broken, broken } from './broken.js';

/** Where a package is unpacked, in a folder of its own. */
const UNPACKED_IN = '/tmp';

/** A volume there would keep the packages of all runs, or be one that no program can be started from. */
export function packageRules(job: MPIJob): readonly Broken[] {
  if (job.spec.package === undefined) return [];
  return groupsOf(job).flatMap(({ volumes }, group) =>
    volumes.flatMap(({ mountPath }, at) =>
      posix.resolve('/', mountPath) === UNPACKED_IN
        ? [
            broken(
              [...groupPath(job, group), 'volumes', at, 'mountPath'],
              `must not be ${UNPACKED_IN} in a job with a package, which is unpacked there, got ${show(mountPath)}`,
            ),
          ]
        : [],
    ),
  );
}
