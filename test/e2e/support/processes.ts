import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { LABEL } from '../../../controller/core/model/names.js';
import { DOCKER } from './installation.js';

export interface Container {
  readonly id: string;
  readonly service: string;
  /** Of its main process, as this machine numbers it: the test's engines share one. */
  readonly pid: number;
}

/** The containers of a job that run, on whatever node, sorted by id. */
export async function containersOf(job: string): Promise<readonly Container[]> {
  const docker = engineClient(DOCKER);
  const services = await docker.listServices({ filters: { label: [`${LABEL.job}=${job}`] } });
  if (services.length === 0) return [];
  const tasks = await docker.listTasks({ filters: { service: services.map(({ ID }) => ID) } });
  return tasks
    .filter(({ Status }) => Status?.State === 'running')
    .flatMap(({ ServiceID, Status }): readonly Container[] => {
      const { ContainerID: id, PID: pid } = Status?.ContainerStatus ?? {};
      return id && pid ? [{ id, pid, service: ServiceID ?? '' }] : [];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export interface Process {
  readonly pid: number;
  /** When it started, in the kernel's ticks: tells it from a later one with the same number. */
  readonly started: string;
  readonly command: string;
}

/** Everything that runs in these containers now: what shares a PID namespace with their main processes. */
export function processesIn(containers: readonly Container[]): readonly Process[] {
  const namespaces = new Set(
    containers.map(({ pid }) => namespaceOf(pid)).filter(name => name !== undefined),
  );
  return allPids().flatMap(pid => {
    const found = namespaces.has(namespaceOf(pid) ?? 'none') ? processOf(pid) : undefined;
    return found ? [found] : [];
  });
}

/** Those that still run. A zombie has ended. */
export function alive(processes: readonly Process[]): readonly Process[] {
  return processes.filter(({ pid, started }) => processOf(pid)?.started === started);
}

function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // ended while we looked
  }
}

function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, started: fields[19] ?? '', command };
  } catch {
    return undefined;
  }
}
