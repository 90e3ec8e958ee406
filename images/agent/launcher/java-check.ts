import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { JAVA, type RunSpec } from '../../../controller/shared/protocol/protocol.js';
import { executable } from '../process/executable.js';
import { isJar } from './jar.js';

/** A Java machine that takes longer to load one class tells nothing. */
const LIMIT_MS = 20_000;

/**
 * Why this container's Java can never start the program, and what to do; undefined when nothing speaks against it, or Java did not
 * answer. None of the program's code runs. To be called when the run's package is in place.
 */
export async function javaFault(
  java: RunSpec['java'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (java === undefined) return undefined;
  const program = executable('java', env);
  if (program === undefined)
    return 'no java in the image: install a Java runtime there, or put its folder into PATH';
  const jars = java.classPath.split(delimiter).filter(entry => entry.endsWith('.jar'));
  const absent = jars.find(jar => !existsSync(jar));
  if (absent !== undefined) {
    return `jar ${absent} of the class path is not there: see spec.java.classPath, and what is in the package and the image`;
  }
  for (const jar of jars) {
    if (!(await isJar(jar)))
      return `jar ${jar} of the class path is damaged or cut off: replace it by a whole one`;
  }
  for (const name of java.classes) {
    const why = await notLoaded(program, { name, classPath: java.classPath, env });
    if (why !== undefined) return missing(name, java, why);
  }
  return undefined;
}

/** In the words of the manifest: the starter is no class of the user's. */
function missing(name: string, { classPath, classes }: NonNullable<RunSpec['java']>, why: string): string {
  if (name === JAVA.starter) return 'the image has no worker starter: build it from mpiswarm/openmpi-java';
  if (classes.includes(JAVA.starter))
    return `worker class ${name} was not found in ${classPath}: it is not there, or a jar there is damaged`;
  return `${why}: it is not in ${classPath}, or a jar there is damaged`;
}

/** What Java says of a class that it does not find; it says something else of one that has no `main`. */
function notLoaded(
  program: string,
  of: {
    readonly name: string;
    readonly classPath: string;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<string | undefined> {
  const { name, classPath, env } = of;
  const argv = ['-Duser.language=en', '--dry-run', '-cp', classPath, name];
  return new Promise(resolve => {
    execFile(program, argv, { timeout: LIMIT_MS, env }, (_error, _stdout, stderr) => {
      resolve(/Could not find or load main class .*/.exec(stderr)?.[0].replace(/^C/, 'c'));
    });
  });
}
