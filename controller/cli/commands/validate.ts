import { relative, resolve } from 'node:path';
import type { ManifestJob, Problem } from '../../api/manifest/manifests.js';
import { formatProblem } from '../../api/manifest/parse.js';
import { type Policy, parsePolicy } from '../../api/policy/policy.js';
import { policyRefusals } from '../../api/policy/refusals.js';
import { groupsOf } from '../../api/types/groups.js';
import { numericUser } from '../../api/types/user.js';
import { CommandError } from '../../settings/usage-error.js';
import type { CliPorts } from '../context/ports.js';
import type { Output } from '../context/stdout-writer.js';

export interface ValidateFlags {
  /** The operator's policy. */
  readonly policy?: string;
  /** The watched folder: rules on folders are about what is below it. */
  readonly manifests: string;
}

interface Streams {
  readonly ports: CliPorts;
  readonly out: Output;
  readonly err: Output;
}

/**
 * Says of each file what is wrong with it, as `file:line:column: message`, and which jobs are right. Asks no engine and
 * needs no settings, so that it can run before a commit.
 */
export async function validate(
  paths: readonly string[],
  flags: ValidateFlags,
  { ports, out, err }: Streams,
): Promise<number> {
  const policy = flags.policy === undefined ? undefined : await policyOf(flags.policy, ports);
  const set = await ports.readManifests(paths);
  if (!set.readable) throw new CommandError(set.error ?? `${paths.join(', ')}: cannot be read`);
  if (set.jobs.length === 0 && set.problems.length === 0)
    await err.lines([`mpiswarm: no MPIJob in ${paths.join(', ')}`]);
  const below = (file: string): string =>
    relative(resolve(ports.cwd, flags.manifests), resolve(ports.cwd, file));
  const refused = policy ? set.jobs.flatMap(job => refusals(job, below(job.file), policy)) : [];
  const problems = [...set.problems, ...refused];
  await err.lines(problems.map(formatProblem));
  await err.lines(set.notices.map(notice => `${formatProblem(notice)} (not an error)`));
  await err.lines(set.jobs.flatMap(openSecrets));
  const valid = set.jobs.filter(({ key }) => !refused.some(({ job }) => job === key));
  await out.lines(valid.map(({ file, line, key }) => `${file}:${line}: job ${key} is valid`));
  return problems.length > 0 || set.jobs.length === 0 ? 1 : 0;
}

async function policyOf(file: string, ports: CliPorts): Promise<Policy> {
  const text = await ports.readText(resolve(ports.cwd, file));
  if (text === undefined) throw new CommandError(`${file}: there is no such policy`);
  const parsed = parsePolicy(text, file);
  if (!parsed.ok) throw new CommandError(parsed.problem);
  return parsed.policy;
}

function refusals(
  { file, line, key, manifest }: ManifestJob,
  below: string,
  policy: Policy,
): readonly Problem[] {
  return policyRefusals(manifest, below, policy).map(message => ({
    file,
    line,
    column: 1,
    message,
    job: key,
  }));
}

/** The files of a run's keys can be closed to other users of its containers only by number. */
function openSecrets({ file, line, manifest }: ManifestJob): readonly string[] {
  const names = groupsOf(manifest).flatMap(({ user }) =>
    user !== undefined && numericUser(user) === undefined ? [user] : [],
  );
  return [...new Set(names)].map(
    user =>
      `${file}:${line}:1: spec.workers.user is the name ${user}, so every user in the job's containers can read the run's keys; give the number to close them (not an error)`,
  );
}
