import { posix } from 'node:path';
import { groupsOf } from '../../api/types/groups.js';
import type { Java, MPIJob } from '../../api/types/mpijob.js';
import { parseMemory } from '../../api/types/quantity.js';
import { JAVA, PATHS, type RunSpec } from '../../shared/protocol/protocol.js';

/**
 * What mpirun starts on every rank: the manifest's command with its arguments, or
 * `java -cp … [-Xms… -Xmx…] [options] CLASS JOB JOB_MASTER [arguments]`, in the order of Twister2's own line for Mesos
 * (docs/architecture/resource-schedulers/mesos/open-mpi-support.md, "Starting MPI Job", v0.1.0). The class path comes first: mpirun
 * 4.1 adds to it, and takes the first word after `java` with `cp` anywhere in it for that option (orte/orted/orted_submit.c).
 * @param jobMaster how the job master is reached.
 */
export function program(job: MPIJob, jobMaster: string): readonly string[] {
  const { metadata, spec } = job;
  const { java, command = [], args } = spec;
  if (!java) return [...command, ...args];
  const workerClass = java.workerClass === undefined ? [] : [`-D${JAVA.workerClass}=${java.workerClass}`];
  return [
    'java',
    ...['-cp', classPath(java, spec.package)],
    ...heap(job, java),
    ...java.jvmOptions,
    ...workerClass,
    java.mainClass ?? JAVA.starter,
    ...[metadata.name, jobMaster],
    ...args,
  ];
}

/**
 * What has to be there before a Java program is started, for the launcher to see; nothing of other programs, nor of classes in
 * volumes, which may be others at the launcher than where the ranks are.
 */
export function javaNeeds(job: MPIJob): Pick<RunSpec, 'java'> {
  const { java, package: given } = job.spec;
  if (!java || hasMounted(job, java.classPath ?? [])) return {};
  const worker = java.workerClass === undefined ? [] : [java.workerClass];
  return {
    java: { classPath: classPath(java, given), classes: [java.mainClass ?? JAVA.starter, ...worker] },
  };
}

function hasMounted(job: MPIJob, entries: readonly string[]): boolean {
  const folders = groupsOf(job).flatMap(({ volumes }) =>
    volumes.map(volume => posix.resolve('/', volume.mountPath)),
  );
  return entries.some(entry => {
    const path = posix.resolve('/', entry);
    return (
      posix.isAbsolute(entry) && folders.some(folder => path === folder || path.startsWith(`${folder}/`))
    );
  });
}

const MEBIBYTE = 1024 * 1024;

/** Java refuses a heap below two mebibytes. */
const LEAST_HEAP = 2 * MEBIBYTE;

/** The same for all ranks, as one command starts them all: what the narrowest group of workers has room for. Whole mebibytes, rounded down. */
function heap(job: MPIJob, { memoryFraction }: Java): readonly string[] {
  const rooms = groupsOf(job).flatMap(({ resources: { limits, requests }, slots }) => {
    const memory = limits.memory ?? requests.memory;
    if (memory === undefined) return [];
    return [(parseMemory(memory) * Number(memoryFraction)) / (job.spec.mpi.npernode ?? slots)];
  });
  if (rooms.length === 0) return [];
  const size = `${Math.floor(Math.max(LEAST_HEAP, Math.min(...rooms)) / MEBIBYTE)}m`;
  return [`-Xms${size}`, `-Xmx${size}`];
}

const PACKAGE = `${PATHS.jobFolder}/package`;

/** `java` expands `*` itself, and passes over what is not there. */
function classPath({ classPath: given }: Java, name: string | undefined): string {
  const own = given?.map(entry => posix.resolve(PACKAGE, entry)) ?? wholePackage(name);
  return [...own, `${JAVA.jars}/*`].join(':');
}

/** A jar, or classes, jars, and jars of libraries, wherever in a package they are. */
function wholePackage(name: string | undefined): readonly string[] {
  if (name === undefined) return [];
  if (name.endsWith('.jar')) return [`${PACKAGE}/${posix.basename(name)}`];
  return [PACKAGE, `${PACKAGE}/*`, `${PACKAGE}/lib/*`];
}
