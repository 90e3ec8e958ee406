import type { MPIJob, WorkerGroup } from './mpijob.js';
import { SCHEMA } from './schema.js';
import type { SchemaNode } from './schema-node.js';
import type { Path } from './text.js';

/** Workers that are alike. */
export interface IndexedGroup extends WorkerGroup {
  /** Index of its first worker. */
  readonly first: number;
}

/** The groups of a job's workers, never none. Workers that are no list are one group, whose name is empty. */
export function groupsOf({ spec: { workers } }: MPIJob): readonly IndexedGroup[] {
  const { groups, ...alike } = workers;
  let first = 0;
  return (groups ?? [{ ...alike, name: '' }]).map(group => {
    const indexed = { ...group, first };
    first += group.replicas;
    return indexed;
  });
}

/** The group that a worker belongs to; of an index that no worker has, the last one. */
export function groupOf(job: MPIJob, index: number): IndexedGroup {
  const { groups, ...alike } = job.spec.workers;
  return groupsOf(job).findLast(({ first }) => first <= index) ?? { ...alike, name: '', first: 0 };
}

/** Where the manifest gives a group. */
export function groupPath({ spec: { workers } }: MPIJob, at: number): Path {
  return ['spec', 'workers', ...(workers.groups === undefined ? [] : [at])];
}

/** The job as its manifest gives it: the workers are a list again where they were one. */
export function withList(job: MPIJob): Omit<MPIJob, 'spec'> & { readonly spec: object } {
  const { groups } = job.spec.workers;
  return groups === undefined ? job : { ...job, spec: { ...job.spec, workers: groups } };
}

/** The manifest of {@link LIST_SCHEMA} as an MPIJob. */
export function fromList(listed: { readonly spec: { readonly workers: readonly WorkerGroup[] } }): MPIJob {
  const groups = listed.spec.workers;
  const [{ name: _, ...first }] = groups as readonly [WorkerGroup];
  const replicas = groups.reduce((sum, group) => sum + group.replicas, 0);
  const job = listed as unknown as MPIJob;
  return { ...job, spec: { ...job.spec, workers: { ...first, replicas, groups } } };
}

/** What a manifest may say whose workers are a list. */
export const LIST_SCHEMA: SchemaNode = withWorkers(SCHEMA, ({ 'x-mpiswarm-groups': groups, ...alike }) => ({
  type: 'array',
  minItems: 1,
  ...(groups?.maxItems === undefined ? {} : { maxItems: groups.maxItems }),
  items: {
    ...alike,
    required: [...(groups?.required ?? []), ...(alike.required ?? [])],
    properties: { ...groups?.properties, ...alike.properties },
  },
}));

function withWorkers(schema: SchemaNode, change: (workers: SchemaNode) => SchemaNode): SchemaNode {
  const spec = schema.properties?.['spec'];
  const workers = spec?.properties?.['workers'];
  if (spec === undefined || workers === undefined) throw new Error('the schema has no spec.workers');
  const changed = { ...spec, properties: { ...spec.properties, workers: change(workers) } };
  return { ...schema, properties: { ...schema.properties, spec: changed } };
}

/** The launcher and the workers; they are one container less where worker 0 is the launcher. */
export function containerCount(job: MPIJob): number {
  const workers = groupsOf(job).reduce((sum, { replicas }) => sum + replicas, 0);
  return workers + (job.spec.launcher.mode === 'Worker0' ? 0 : 1);
}
