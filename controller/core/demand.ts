import type { MPIJob, ResourceAmounts } from '../api/mpijob.js';
import { parseCpu, parseMemory } from '../api/quantity.js';
import type { Amounts } from './world.js';

/** Containers of a run that ask for the same, of one Swarm service. */
export interface Group {
  readonly role: 'launcher' | 'workers';
  readonly count: number;
  readonly each: Amounts;
  readonly maxPerNode?: number;
}

/** Whether any container of the job reserves cpu or memory. */
export function asksForRoom(job: MPIJob): boolean {
  return groups(job).some(({ count, each }) => count > 0 && (each.nanoCpus > 0 || each.memoryBytes > 0));
}

/** What the containers of one run reserve: the launcher, and then the workers beside it. */
export function groups({ spec: { launcher, workers } }: MPIJob): readonly [launcher: Group, workers: Group] {
  const worker = amounts(workers.resources.requests);
  const shared = launcher.mode === 'Worker0';
  const { maxPerNode } = workers;
  return [
    { role: 'launcher', count: 1, each: shared ? worker : amounts(launcher.resources.requests) },
    {
      role: 'workers',
      count: shared ? workers.replicas - 1 : workers.replicas,
      each: worker,
      ...(maxPerNode === undefined ? {} : { maxPerNode }),
    },
  ];
}

/** `4 workers of 2 CPU and 4Gi and a launcher of 500m CPU`, in the manifest's own amounts. */
export function demandWords({ spec: { launcher, workers } }: MPIJob): string {
  const { replicas } = workers;
  const each = amountWords(workers.resources.requests);
  const own = launcher.mode === 'Dedicated' ? amountWords(launcher.resources.requests) : '';
  const count = `${replicas} ${replicas === 1 ? 'worker' : 'workers'}`;
  return count + (each === '' ? '' : ` of ${each}`) + (own === '' ? '' : ` and a launcher of ${own}`);
}

function amountWords({ cpu, memory }: ResourceAmounts): string {
  return [...(cpu === undefined ? [] : [`${cpu} CPU`]), ...(memory === undefined ? [] : [memory])].join(
    ' and ',
  );
}

function amounts({ cpu, memory }: ResourceAmounts): Amounts {
  return {
    nanoCpus: cpu === undefined ? 0 : parseCpu(cpu),
    memoryBytes: memory === undefined ? 0 : parseMemory(memory),
  };
}
