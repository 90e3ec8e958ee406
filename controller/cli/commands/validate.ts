import { formatProblem } from '../../api/manifest/parse.js';
import { CommandError } from '../../settings/usage-error.js';
import type { CliPorts } from '../context/ports.js';
import type { Output } from '../context/stdout-writer.js';

/**
 * Says of each file what is wrong with it, as `file:line:column: message`, and which jobs are right. Asks no engine and
 * needs no settings, so that it can run before a commit.
 */
export async function validate(
  paths: readonly string[],
  { ports, out, err }: { readonly ports: CliPorts; readonly out: Output; readonly err: Output },
): Promise<number> {
  const set = await ports.readManifests(paths);
  if (!set.readable) throw new CommandError(set.error ?? `${paths.join(', ')}: cannot be read`);
  if (set.jobs.length === 0 && set.problems.length === 0)
    await err.lines([`mpiswarm: no MPIJob in ${paths.join(', ')}`]);
  await err.lines(set.problems.map(formatProblem));
  await err.lines(set.notices.map(notice => `${formatProblem(notice)} (not an error)`));
  await out.lines(set.jobs.map(({ file, line, key }) => `${file}:${line}: job ${key} is valid`));
  return set.problems.length > 0 || set.jobs.length === 0 ? 1 : 0;
}
