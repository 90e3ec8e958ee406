import type { Problem } from '../../api/manifest/manifests.js';
import type { Entry } from './conf.js';
import { type Fields, noteOn, outdone } from './sort-keys.js';
import { amount, mappings, scalar, texts, truth, whole, wrong } from './values.js';

interface Report {
  readonly notes: Problem[];
  readonly remarks: string[];
  /** Of the job. */
  readonly name: string;
}

/** What Twister2 starts where nothing says how many: its default of five containers, without the job master. */
const DEFAULT_WORKERS = 4;

export interface WorkerFields {
  /** `spec.workers`: one group, or a list where the configuration has several kinds of resources. */
  readonly workers: object;
  /** `spec.mpi.npernode`, which Twister2 gave to mpirun; absent where groups differ in it. */
  readonly npernode?: number;
}

/** Throws a CommandError for a value that cannot be meant. */
export function workersOf(fields: Fields, report: Report): WorkerFields {
  const shared = { ...placementOf(fields), ...portsOf(fields), ...volumesOf(fields, report) };
  const groups = groupsOf(fields, report);
  if (fields.mapping && groups.length > 1)
    report.notes.push(
      noteOn(fields.mapping, 'holds among the workers of each kind of resources, not among all'),
    );
  const [first, ...rest] = groups;
  if (!first) throw new Error('a list of resources is never empty');
  const same = rest.every(({ slots }) => slots === first.slots);
  const npernode = same ? { npernode: first.slots ?? 1 } : {};
  if (rest.length === 0) return { workers: { ...first, ...shared }, ...npernode };
  return { workers: groups.map((group, i) => ({ name: groupName(i), ...group, ...shared })), ...npernode };
}

/** How many characters of names the groups take; 0 where there is one group, which has no name. */
export function longestGroupName({ groups }: Fields): number {
  const count = groups ? mappings(groups).length : 1;
  return count === 1 ? 0 : groupName(count - 1).length;
}

function groupName(index: number): string {
  return `group-${index}`;
}

interface Group {
  readonly replicas: number;
  /** Absent: one. */
  readonly slots?: number;
  readonly resources?: object;
}

function groupsOf(fields: Fields, { notes, remarks }: Report): readonly Group[] {
  const { groups, containers, workers, cpu, ram } = fields;
  if (groups) {
    const all = mappings(groups);
    for (const other of [containers, cpu, ram]) {
      if (other) notes.push(noteOn(other, outdone(groups)));
    }
    if (workers && all.length > 1)
      return wrong(workers, `no number, as ${groups.key} has ${all.length} kinds of workers`);
    return all.map(one => groupOf(one, { notes, workers }));
  }
  if (workers && containers) notes.push(noteOn(containers, outdone(workers)));
  const replicas = workers
    ? atLeastOne(workers)
    : containers
      ? Math.max(whole(containers) - 1, 1)
      : DEFAULT_WORKERS;
  if (!workers && !containers)
    remarks.push(`no number of workers is given: ${DEFAULT_WORKERS}, as many as Twister2 starts then`);
  return [{ replicas, ...resourcesOf({ cpu, ram }, 1) }];
}

function groupOf(
  { cpu, ram, disk, instances, workersPerPod, scalable, ...other }: Readonly<Record<string, Entry>>,
  { notes, workers }: { readonly notes: Problem[]; readonly workers: Entry | undefined },
): Group {
  const slots = workersPerPod ? atLeastOne(workersPerPod) : 1;
  if (workers && instances) notes.push(noteOn(instances, outdone(workers)));
  if (disk) notes.push(noteOn(disk, 'is ignored: Docker Swarm neither reserves nor limits disk'));
  if (scalable && truth(scalable)) {
    notes.push(
      noteOn(scalable, 'is ignored: the number of ranks of an MPI job is fixed; edit replicas for a new run'),
    );
  }
  for (const entry of Object.values(other)) notes.push(noteOn(entry, 'is not known, and is ignored'));
  return {
    replicas: workers ? containersFor(workers, slots) : instances ? atLeastOne(instances) : 1,
    ...(slots === 1 ? {} : { slots }),
    ...resourcesOf({ cpu, ram }, slots),
  };
}

/** Reserved as Mesos did it, where memory is a limit, too. Of a container that holds several of Twister2's workers, for all. */
function resourcesOf(
  { cpu, ram }: { readonly cpu: Entry | undefined; readonly ram: Entry | undefined },
  slots: number,
): Pick<Group, 'resources'> {
  if (!cpu && !ram) return {};
  const memory = ram ? { memory: `${Math.ceil(amount(ram) * slots)}Mi` } : {};
  const requests = { ...(cpu ? { cpu: Number((amount(cpu) * slots).toFixed(3)) } : {}), ...memory };
  return { resources: { requests, ...(ram ? { limits: memory } : {}) } };
}

/** Twister2 counts ranks. */
function containersFor(workers: Entry, slots: number): number {
  const containers = atLeastOne(workers) / slots;
  return Number.isInteger(containers) ? containers : wrong(workers, `a multiple of workersPerPod, ${slots}`);
}

function atLeastOne(entry: Entry): number {
  const number = whole(entry);
  return number >= 1 ? number : wrong(entry, 'at least 1');
}

const MAPPINGS: Readonly<Record<string, string | undefined>> = {
  none: undefined,
  'all-same-node': 'AllSameNode',
  'all-separate-nodes': 'AllSeparateNodes',
};

function placementOf({ nodes, mapping }: Fields): object {
  const hosts = nodes ? texts(nodes) : ['all'];
  const kind = mapping ? scalar(mapping) : 'none';
  if (mapping && !Object.hasOwn(MAPPINGS, kind)) wrong(mapping, Object.keys(MAPPINGS).join(', '));
  const placement = {
    ...(hosts.includes('all') ? {} : { nodes: hosts }),
    ...(MAPPINGS[kind] === undefined ? {} : { mapping: MAPPINGS[kind] }),
  };
  return Object.keys(placement).length === 0 ? {} : { placement };
}

function portsOf({ ports }: Fields): object {
  return ports ? { ports: texts(ports) } : {};
}

/** Docker's own volume driver mounts NFS: see `docker volume create`, "Driver-specific options". */
function volumesOf({ nfsServer, nfsPath }: Fields, { notes, name }: Report): object {
  const one = nfsServer ?? nfsPath;
  if (!one) return {};
  if (!nfsServer || !nfsPath) {
    notes.push(
      noteOn(
        one,
        `is ignored: an NFS volume needs ${nfsServer ? 'nfs.server.path' : 'nfs.server.address'}, too`,
      ),
    );
    return {};
  }
  const options = { type: 'nfs', o: `addr=${scalar(nfsServer)},rw`, device: `:${scalar(nfsPath)}` };
  return {
    volumes: [
      {
        name: `${name}-persistent`,
        mountPath: '/persistent-volume',
        driver: 'local',
        options,
        scope: 'Shared',
      },
    ],
  };
}
