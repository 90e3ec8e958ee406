import { groupsOf } from '../../api/types/groups.js';
import type { MPIJob, ResourceAmounts, WorkerGroup, WorkerPlacement } from '../../api/types/mpijob.js';
import { parseCpu, parseMemory } from '../../api/types/quantity.js';
import { given } from '../../shared/given.js';
import type { Amounts } from '../model/world.js';
import { mappingOf } from './eligible.js';

/** Containers of a run that ask for the same, of one Swarm service. */
export interface Group {
  readonly role: 'launcher' | 'workers';
  /** Of the group of workers; empty where all workers are alike, and for the launcher. */
  readonly name: string;
  readonly count: number;
  readonly each: Amounts;
  readonly maxPerNode?: number;
  /** Which nodes suit it. */
  readonly placement: WorkerPlacement;
  readonly mapping: WorkerPlacement['mapping'];
  /** The launcher hosts worker 0, which is one of the group's workers. */
  readonly besideWorker0: boolean;
}

/** Whether the job has to be admitted: it reserves something, or its workers are to be on one node or on separate ones. */
export function needsAdmission(job: MPIJob): boolean {
  return reserves(job) || requestedGroups(job).some(({ mapping }) => mapping !== 'None');
}

/** Whether any container of the job reserves cpu or memory. */
export function reserves(job: MPIJob): boolean {
  return requestedGroups(job).some(
    ({ count, each }) => count > 0 && (each.nanoCpus > 0 || each.memoryBytes > 0),
  );
}

/** What the containers of one run reserve: the launcher, and then the workers beside it, by group. */
export function requestedGroups(job: MPIJob): readonly [launcher: Group, ...workers: Group[]] {
  const { launcher, workers } = job.spec;
  const shared = launcher.mode === 'Worker0';
  const { requests } = (shared ? workers : launcher).resources;
  const { placement } = workers;
  const one = { role: 'launcher', name: '', count: 1, mapping: 'None', besideWorker0: false } as const;
  return [
    { ...one, each: amounts(requests), placement },
    ...groupsOf(job).map((group): Group => {
      const { name, first, replicas, resources } = group;
      const maxPerNode = mostPerNode(group);
      const besideWorker0 = shared && first === 0;
      return {
        ...{ role: 'workers', name, count: besideWorker0 ? replicas - 1 : replicas, besideWorker0 },
        ...{ each: amounts(resources.requests), placement: group.placement, mapping: mappingOf(group) },
        ...given({ maxPerNode }),
      };
    }),
  ];
}

/** How many of a group's workers may be on one node; undefined: any number. */
export function mostPerNode(
  group: Pick<WorkerGroup, 'replicas' | 'placement' | 'maxPerNode'>,
): number | undefined {
  return mappingOf(group) === 'AllSeparateNodes' ? 1 : group.maxPerNode;
}

const MAPPED = {
  None: '',
  AllSameNode: ' on one node',
  AllSeparateNodes: ' on separate nodes',
} satisfies Record<WorkerPlacement['mapping'], string>;

/**
 * `4 workers of 2 CPU and 4Gi and a launcher of 500m CPU`, in the manifest's own amounts; of groups `1 worker of 2 CPU (gpu), 4
 * workers of 1 CPU (cpu)`.
 */
export function requestWords(job: MPIJob): string {
  const { launcher } = job.spec;
  const own = launcher.mode === 'Dedicated' ? amountWords(launcher.resources.requests) : '';
  const workers = groupsOf(job).map(group => {
    const { name, replicas, resources } = group;
    const each = amountWords(resources.requests);
    const count = `${replicas} ${replicas === 1 ? 'worker' : 'workers'}`;
    return (
      count +
      (each === '' ? '' : ` of ${each}`) +
      MAPPED[mappingOf(group)] +
      (name === '' ? '' : ` (${name})`)
    );
  });
  return workers.join(', ') + (own === '' ? '' : ` and a launcher of ${own}`);
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
