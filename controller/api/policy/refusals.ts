import { containerCount, groupsOf } from '../types/groups.js';
import type { MPIJob, Resources } from '../types/mpijob.js';
import { parseCpu, parseMemory } from '../types/quantity.js';
import type { NamespacePolicy, Policy } from './policy.js';

/**
 * Which rules of the policy a job breaks, each with the field, what is allowed, and what was found; empty where it breaks none.
 * @param file the manifest, below the watched folder.
 */
export function policyRefusals(job: MPIJob, file: string, policy: Policy): readonly string[] {
  const { namespace } = job.metadata;
  const named = Object.hasOwn(policy.namespaces, namespace) ? policy.namespaces[namespace] : policy.default;
  if (!named) return [`the policy names no namespace ${namespace}, and gives no default`];
  return [
    ...folder(file, named),
    ...image(job, named),
    ...users(job, named),
    ...volumes(job, named),
    ...allowed('spec.network.name', job.spec.network.name, { list: named.networks, what: 'networks' }),
    ...workers(job, named),
    ...amounts(job, named),
    ...seconds(job, named),
    ...output(job, named),
  ].map(rule => `policy of namespace ${namespace}: ${rule}`);
}

function folder(file: string, { folder: wanted }: NamespacePolicy): readonly string[] {
  if (wanted === undefined || file.startsWith(`${wanted}/`)) return [];
  return [`manifests must be in folder ${wanted}/, not in ${file}`];
}

interface Allowed {
  readonly list: readonly string[] | undefined;
  readonly what: string;
}

/** In a pattern `*` is any text. */
function allowed(field: string, value: string, { list, what }: Allowed): readonly string[] {
  if (list === undefined || list.some(pattern => matches(pattern, value))) return [];
  const words = list.length === 0 ? `allows no ${what}` : `allows ${what} ${list.join(', ')}`;
  return [`${field} is ${value}, the policy ${words}`];
}

function matches(pattern: string, value: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === value;
  const last = rest.pop() ?? '';
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length)
    return false;
  let at = first.length;
  const end = value.length - last.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Compared with the registry, so that `ubuntu*` does not allow an image of a registry called `ubuntu.example`. */
function image({ spec }: MPIJob, { images }: NamespacePolicy): readonly string[] {
  if (images === undefined) return [];
  return allowed('spec.image', fullName(spec.image), { list: images.map(fullPattern), what: 'images' });
}

function fullPattern(pattern: string): string {
  return pattern === '*' ? pattern : fullName(pattern);
}

/** As Docker completes a reference: without a registry it is Docker Hub's. */
function fullName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return /[.:]/.test(first) || first === 'localhost' ? reference : `docker.io/${reference}`;
}

function users(job: MPIJob, { users: list }: NamespacePolicy): readonly string[] {
  const found = new Set(groupsOf(job).map(({ user = 'root' }) => user));
  return [...found].flatMap(user => allowed('spec.workers.user', user, { list, what: 'users' }));
}

function volumes(job: MPIJob, { volumes: list }: NamespacePolicy): readonly string[] {
  const names = groupsOf(job).flatMap(group => group.volumes.flatMap(({ name }) => name ?? []));
  return [...new Set(names)].flatMap(name =>
    allowed('spec.workers.volumes', name, { list, what: 'volumes' }),
  );
}

function workers(job: MPIJob, { maxWorkers }: NamespacePolicy): readonly string[] {
  const count = groupsOf(job).reduce((sum, { replicas }) => sum + replicas, 0);
  if (maxWorkers === undefined || count <= maxWorkers) return [];
  return [`the job has ${count} workers, the policy allows ${maxWorkers}`];
}

/** What is not limited could be anything, so under such a rule each container needs a limit. */
function amounts(job: MPIJob, { maxCpu, maxMemory }: NamespacePolicy): readonly string[] {
  return [
    ...total(job, { what: 'cpu', most: maxCpu, parse: parseCpu }),
    ...total(job, { what: 'memory', most: maxMemory, parse: parseMemory }),
  ];
}

interface Total {
  readonly what: 'cpu' | 'memory';
  readonly most: string | undefined;
  readonly parse: (text: string) => number;
}

function total(job: MPIJob, { what, most, parse }: Total): readonly string[] {
  if (most === undefined) return [];
  const limits = limitsOf(job).map(({ count, limits: { [what]: limit } }) =>
    limit === undefined ? undefined : count * parse(limit),
  );
  if (limits.includes(undefined))
    return [
      `resources.limits.${what} must be given for each container, the policy allows ${most} for all together`,
    ];
  const sum = limits.reduce<number>((all, each) => all + (each ?? 0), 0);
  if (sum <= parse(most)) return [];
  return [`the limits of all containers together are more ${what} than the ${most} that the policy allows`];
}

function limitsOf(job: MPIJob): readonly { readonly count: number; readonly limits: Resources['limits'] }[] {
  const groups = groupsOf(job).map(({ replicas, resources }) => ({
    count: replicas,
    limits: resources.limits,
  }));
  const workers = groups.reduce((sum, { count }) => sum + count, 0);
  const launcher = { count: containerCount(job) - workers, limits: job.spec.launcher.resources.limits };
  return launcher.count > 0 ? [...groups, launcher] : groups;
}

function seconds({ spec }: MPIJob, { maxSeconds }: NamespacePolicy): readonly string[] {
  const { activeDeadlineSeconds: given } = spec.runPolicy;
  if (maxSeconds === undefined || (given !== undefined && given <= maxSeconds)) return [];
  const is = given === undefined ? 'is not given' : `is ${given}`;
  return [`spec.runPolicy.activeDeadlineSeconds ${is}, the policy asks for ${maxSeconds} or less`];
}

function output({ spec }: MPIJob, { maxOutput }: NamespacePolicy): readonly string[] {
  const { outputLimit } = spec.runPolicy;
  if (maxOutput === undefined || parseMemory(outputLimit) <= parseMemory(maxOutput)) return [];
  return [`spec.runPolicy.outputLimit is ${outputLimit}, the policy allows ${maxOutput}`];
}
