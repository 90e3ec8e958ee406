import type { ManifestJob, ManifestSet, Problem } from './manifests.js';
import type { Definition, ParsedFile } from './parse.js';

/**
 * What several files say together. A name belongs to its first definition, by path of the file and then by order of
 * the documents, even when that definition is faulty: repairing or breaking one file never hands its name to another.
 */
export function settle(files: readonly ParsedFile[]): ManifestSet {
  const ordered = [...files].sort((a, b) => compare(a.file, b.file));
  const { jobs, problems, notices } = duplicates(ordered);
  return {
    readable: true,
    jobs: [...jobs].sort((a, b) => compare(a.key, b.key)),
    problems: [...ordered.flatMap(parsed => parsed.problems), ...problems].sort(byPlace),
    notices: [...ordered.flatMap(parsed => parsed.notices), ...notices].sort(byPlace),
    unreadableFiles: ordered.filter(parsed => !parsed.complete).map(parsed => parsed.file),
  };
}

interface Placed extends Definition {
  readonly file: string;
}

function duplicates(files: readonly ParsedFile[]) {
  const owners = new Map<string, Placed>();
  const jobs: ManifestJob[] = [];
  const problems: Problem[] = [];
  const notices: Problem[] = [];
  for (const next of files.flatMap(({ file, definitions }) => definitions.map(one => ({ ...one, file })))) {
    const owner = owners.get(next.key);
    if (owner === undefined) {
      owners.set(next.key, next);
      if (next.job !== undefined) jobs.push(next.job);
      continue;
    }
    problems.push(
      tell(next, `job ${next.key} is already defined at ${where(owner)}, rename or remove one of them`),
    );
    notices.push(tell(owner, `job ${next.key} is defined again at ${where(next)}, this definition counts`));
  }
  return { jobs, problems, notices };
}

function tell({ file, line, column, key }: Placed, message: string): Problem {
  return { file, line, column, message, path: 'metadata.name', job: key };
}

function where({ file, line }: Placed): string {
  return `${file}:${line}`;
}

/** By code unit, so that the order is the same in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byPlace(a: Problem, b: Problem): number {
  return compare(a.file, b.file) || a.line - b.line || a.column - b.column;
}
