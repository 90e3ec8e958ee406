import { posix } from 'node:path';
import type { MPIJob } from '../types/mpijob.js';
import { type Path, show } from '../types/text.js';
import { type Broken, broken } from './broken.js';

/** What has to fit together where a Java program takes the place of a command. */
export function javaRules({ spec }: MPIJob): readonly Broken[] {
  const { java, command } = spec;
  if (!java) return [];
  const path: Path = ['spec', 'java'];
  const both =
    command === undefined
      ? []
      : [broken(path, 'cannot be used together with spec.command, remove one of them')];
  const entries = java.classPath ?? [];
  const at: Path = [...path, 'classPath'];
  const without = spec.package === undefined ? relative(entries, at) : outside(entries, at);
  return [...both, ...classes(java, path), ...without];
}

type Java = NonNullable<MPIJob['spec']['java']>;

function classes({ mainClass, workerClass }: Java, path: Path): readonly Broken[] {
  if (mainClass !== undefined && workerClass !== undefined) {
    const message =
      'cannot be used together with spec.java.mainClass: the worker starter is then the main class; remove one of them';
    return [broken([...path, 'workerClass'], message)];
  }
  if (mainClass !== undefined || workerClass !== undefined) return [];
  return [broken([...path, 'workerClass'], 'is missing, expected a string, or spec.java.mainClass')];
}

/** A relative entry where there is no package that it could be in. */
function relative(classPath: readonly string[], path: Path): readonly Broken[] {
  const message =
    'must be an absolute path in a job without a package; for a relative path, set spec.package';
  return classPath.flatMap((entry, i) =>
    posix.isAbsolute(entry) ? [] : [broken([...path, i], `${message}, got ${show(entry)}`)],
  );
}

/** A relative entry that leads out of the job's package. */
function outside(classPath: readonly string[], path: Path): readonly Broken[] {
  return classPath.flatMap((entry, i) => {
    const normal = posix.normalize(entry);
    if (normal !== '..' && !normal.startsWith('../')) return [];
    return [broken([...path, i], `must not point outside the job's package, got ${show(entry)}`)];
  });
}
