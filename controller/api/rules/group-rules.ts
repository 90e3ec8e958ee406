import { groupPath, groupsOf, type IndexedGroup } from '../types/groups.js';
import type { MPIJob, Resources } from '../types/mpijob.js';
import { readCpu, readMemory } from '../types/quantity.js';
import { dotted, type Path, show } from '../types/text.js';
import { type Broken, broken, repeated } from './broken.js';

/** Longest name of a job and of a group together, so that the name of the group's service stays below Docker's limit of 63. */
const MAX_NAMES = 40;
/** As many as one group may have. */
const MAX_WORKERS = 512;

/** What each group of workers has to keep to, and what groups have to keep to together. */
export function groupRules(job: MPIJob): readonly Broken[] {
  const each = groupsOf(job).flatMap((group, i) => {
    const path = groupPath(job, i);
    return [
      ...maxPerNode(job, group, path),
      ...placement(group, path),
      ...requestsWithinLimits(group.resources, [...path, 'resources']),
      ...env(group, [...path, 'env']),
      ...repeated(group.ports ?? [], [...path, 'ports']),
    ];
  });
  return [...each, ...(job.spec.workers.groups === undefined ? [] : together(job))];
}

function maxPerNode({ spec: { launcher } }: MPIJob, group: IndexedGroup, path: Path): readonly Broken[] {
  if (launcher.mode !== 'Worker0' || group.maxPerNode === undefined || group.first > 0) return [];
  const message = 'cannot be used together with spec.launcher.mode Worker0, remove it or use mode Dedicated';
  return [broken([...path, 'maxPerNode'], message)];
}

function placement({ placement, maxPerNode }: IndexedGroup, path: Path): readonly Broken[] {
  const { nodes, racks, mapping } = placement;
  const at: Path = [...path, 'placement'];
  const limit = dotted([...path, 'maxPerNode']);
  const both =
    mapping === 'None' || maxPerNode === undefined
      ? []
      : [broken([...at, 'mapping'], `cannot be ${mapping} together with ${limit}, remove one of them`)];
  return [...both, ...repeated(nodes, [...at, 'nodes']), ...repeated(racks, [...at, 'racks'])];
}

export function requestsWithinLimits({ requests, limits }: Resources, path: Path): readonly Broken[] {
  return (['cpu', 'memory'] as const).flatMap(name => {
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined || limit === undefined) return [];
    const read = name === 'cpu' ? readCpu : readMemory;
    const [least, most] = [read(request), read(limit)];
    if (!least.ok || !most.ok || least.value <= most.value) return [];
    const limited = dotted([...path, 'limits', name]);
    return [broken([...path, 'requests', name], `must be at most ${limited} ${limit}, got ${request}`)];
  });
}

function env({ env }: IndexedGroup, path: Path): readonly Broken[] {
  const names = env.map(variable => variable.name);
  const taken = names.flatMap((name, i) => {
    if (!name.startsWith('MPISWARM_')) return [];
    return [
      broken(
        [...path, i, 'name'],
        `must not start with MPISWARM_, which is reserved for mpiswarm, got ${show(name)}`,
      ),
    ];
  });
  return [...taken, ...repeated(names, path, 'name')];
}

function together(job: MPIJob): readonly Broken[] {
  const groups = groupsOf(job);
  const { npernode } = job.spec.mpi;
  const [user] = groups.map(group => group.user);
  const each = groups.flatMap((group, i) => {
    const path = groupPath(job, i);
    const length = job.metadata.name.length + group.name.length;
    const names = `must have at most ${MAX_NAMES} characters together with metadata.name, got ${length}`;
    const users = `must be the same as ${dotted([...groupPath(job, 0), 'user'])}, ${show(user ?? 'root')}, got ${show(group.user ?? 'root')}`;
    const slots = `must be at least spec.mpi.npernode ${npernode}, got ${group.slots}`;
    return [
      ...(length > MAX_NAMES ? [broken([...path, 'name'], names)] : []),
      ...(group.user === user ? [] : [broken([...path, 'user'], users)]),
      ...(npernode !== undefined && npernode > group.slots ? [broken([...path, 'slots'], slots)] : []),
    ];
  });
  const path: Path = ['spec', 'workers'];
  const { replicas } = job.spec.workers;
  const many = `must have at most ${MAX_WORKERS} workers in total, got ${replicas}`;
  return [
    ...each,
    ...repeated(
      groups.map(group => group.name),
      path,
      'name',
    ),
    ...(replicas > MAX_WORKERS ? [broken(path, many)] : []),
  ];
}
