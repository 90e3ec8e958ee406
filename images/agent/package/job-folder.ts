import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupAt } from '../../../controller/shared/protocol/run-groups.js';
import type { Identity } from '../runtime/identity.js';
import type { AgentPaths } from '../runtime/paths.js';
import { properties } from './properties.js';

/**
 * Writes what programs of the run find in this container, in the format of Java's properties: `run.properties`, which
 * the ranks' user alone may read because it has the run's credential, and `job.properties`, the job's own configuration. The agent
 * runs as the ranks' user, so the files are that user's. A link beside them leads to a folder for log files, which any
 * user may write to. What was there before is replaced. Throws when the folder cannot be written.
 */
export function writeJobFolder(paths: AgentPaths, self: Identity): void {
  mkdirSync(paths.job, { recursive: true });
  chmodSync(paths.job, 0o755); // mkdir's mode is cut by the umask
  makeLogFolder(paths);
  replace(paths.jobProperties, properties(sorted(self.spec.configuration ?? {})), 0o644);
  writeRunProperties(paths, self);
}

/**
 * Writes `run.properties` alone, into the folder that {@link writeJobFolder} made.
 * @param ports that are this worker's, by name; they are known later than everything else.
 */
export function writeRunProperties(
  paths: AgentPaths,
  self: Identity,
  ports: Readonly<Record<string, number>> = {},
): void {
  const named = sorted(ports).map(([name, port]) => [`port.${name}`, String(port)] as const);
  replace(paths.runProperties, properties([...runEntries(paths, self), ...named]), 0o600);
}

/** Absent values are left out. Paths are the container's own. */
function runEntries(
  paths: AgentPaths,
  { spec, worker, credential }: Identity,
): readonly (readonly [string, string])[] {
  const { run, job, zookeeper, znode, sessionTimeoutMs, workers, slotsPerWorker } = spec;
  const group = groupAt(spec, worker ?? 0);
  return [
    ['job', job],
    ['run', run],
    ['zookeeper', zookeeper],
    ['znode', znode],
    ['credential', credential],
    ['sessionTimeoutMs', String(sessionTimeoutMs)],
    ...(worker === undefined ? [] : ([['worker', String(worker)]] as const)),
    ['workers', String(workers)],
    ['slots', String(group?.slots ?? slotsPerWorker)],
    ...(worker === undefined || group === undefined ? [] : ([['group', group.name]] as const)),
    ...(spec.package === undefined ? [] : ([['package', paths.jobPackage]] as const)),
    ['configuration', paths.jobProperties],
    ...(existsSync(paths.jobLogs) ? ([['logs', paths.jobLogs]] as const) : []),
  ];
}

/** Logs may grow, and the job folder is in memory and small: it has a link, where there is room for one. */
function makeLogFolder({ jobLogs, temporary }: AgentPaths): void {
  rmSync(jobLogs, { force: true });
  try {
    mkdirSync(temporary, { recursive: true });
    const folder = mkdtempSync(join(temporary, 'mpiswarm-logs-'));
    chmodSync(folder, 0o1777);
    symlinkSync(folder, jobLogs);
  } catch {
    // a file system that is full or read-only; programs then have their output alone
  }
}

/** The mode of a file that is there isn't changed by writing to it, so recreate it. */
function replace(file: string, content: string, mode: number): void {
  rmSync(file, { force: true });
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
}

function sorted<T>(map: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
