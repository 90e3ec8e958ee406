import type { ManifestSet } from '../../api/manifest/manifests.js';
import { formatProblem } from '../../api/manifest/parse.js';
import { CommandError, UsageError } from '../../settings/usage-error.js';
import { jobKey, likeKeys } from '../context/find-job.js';
import type { Verb } from './verbs.js';

export interface EditFlags {
  /** Files and folders to look in; the watched folder otherwise. */
  readonly filename?: readonly string[];
  readonly namespace?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

export interface Target {
  readonly key: string;
  readonly file: string;
}

/**
 * The jobs that are meant, with the files that define them: those named; with `--all` those of the namespace, as kubectl
 * has it; all of the files given where nothing else is said. Throws before anything is changed when one of them is not to be had.
 */
export function chosenJobs(
  set: ManifestSet,
  of: {
    readonly names: readonly string[];
    readonly flags: EditFlags;
    readonly places: readonly string[];
    readonly verb: Verb;
  },
): readonly Target[] {
  const { names, flags, places, verb } = of;
  if (flags.all && names.length > 0) throw new UsageError('give names of jobs or --all, not both');
  if (flags.allNamespaces && (flags.namespace !== undefined || names.length > 0))
    throw new UsageError('give names of jobs, --namespace or --all-namespaces, one of them');
  if (names.length > 0) {
    const keys = [...new Set(names.map(name => jobKey(name, flags.namespace)))];
    return keys.map(key => target(set, key, places, verb));
  }
  if (!flags.all && flags.filename === undefined) throw new UsageError('give the name of a job, or --all');
  const faults = set.problems.filter(({ job }) => job === undefined);
  if (faults.length > 0) throw new CommandError(faults.map(formatProblem).join('\n'));
  const namespace = flags.namespace ?? (flags.all && !flags.allNamespaces ? 'default' : undefined);
  const isMeant = (key: string): boolean => namespace === undefined || key.startsWith(`${namespace}/`);
  const found = set.jobs.filter(({ key }) => isMeant(key)).map(({ key, file }) => ({ key, file }));
  if (found.length > 0) return found;
  const whose = namespace === undefined ? '' : ` of namespace ${namespace}`;
  const others =
    set.jobs.length > 0 ? '; there are some of others: give --namespace or --all-namespaces' : '';
  throw new CommandError(`no job${whose} in ${places.join(', ')}${others}`);
}

function target(set: ManifestSet, key: string, places: readonly string[], verb: Verb): Target {
  const job = set.jobs.find(one => one.key === key);
  if (job) return { key, file: job.file };
  const fault = set.problems.find(problem => problem.job === key);
  // What is wrong with a manifest need not be mended in order to remove it
  if (fault && verb === 'delete') return { key, file: fault.file };
  if (fault)
    throw new CommandError(`the manifest of job ${key} has a fault, fix it first: ${formatProblem(fault)}`);
  const unread = set.problems.filter(problem => problem.job === undefined).map(formatProblem);
  const also = unread.length === 0 ? '' : `\nit may be in a file that cannot be read: ${unread.join('\n')}`;
  const keys = set.jobs.map(one => one.key);
  throw new CommandError(`no manifest of job ${key} in ${places.join(', ')}${likeKeys(keys, key)}${also}`);
}
