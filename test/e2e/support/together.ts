import type { JobRecord } from '../../../controller/core/model/record.js';
import type { SharedInstallation } from './shared-installation.js';

/** More at a time are no sooner done on two cores: each starts three to five containers. */
const AT_ONCE = 4;
const DONE_MS = 120_000;

/** Resolves with the job's record when the job is done. */
export type Ended = (name: string) => Promise<JobRecord>;

/**
 * Drops the manifests of jobs that do not depend on each other, some at a time, the next one whenever a job is done. Tests
 * then wait for one job each, while the others go on.
 *
 * @param texts manifests by the names of their jobs, all in the namespace `default`.
 */
export function together(
  mpiswarm: Pick<SharedInstallation, 'drop' | 'waitDone'>,
  texts: Readonly<Record<string, string>>,
  atOnce = AT_ONCE,
): Ended {
  const waiting = Object.entries(texts);
  const ends = new Map(waiting.map(([name]) => [name, promised<JobRecord>()]));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, text] = next;
      const end = ends.get(name);
      try {
        await mpiswarm.drop(`${name}.yaml`, text);
        end?.resolve(await mpiswarm.waitDone(`default/${name}`, DONE_MS));
      } catch (error) {
        end?.reject(error);
      }
    }
  };
  for (let n = 0; n < atOnce; n += 1) void lane();
  return name => {
    const end = ends.get(name);
    if (!end) throw new Error(`job ${name} is not among those that were dropped together`);
    return end.promise;
  };
}

function promised<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Where it fails, the test that waits for it says so
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
