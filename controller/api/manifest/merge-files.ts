import type { ManifestJob, ManifestSet, Problem } from './manifests.js';
import type { Definition, ParsedFile } from './parse.js';

/**
 * What several files say together. A name belongs to its first definition, by path of the file and then by order of
 * the documents, even when that definition is faulty: repairing or breaking one file never hands its name to another.
 */
export function mergeFiles(files: readonly ParsedFile[]): ManifestSet {
  const ordered = [...files].sort((a, b) => compare(a.file, b.file));
  const { jobs, problems, notices } = duplicates(ordered);
  return {
    readable: true,
    jobs: [...jobs].sort((a, b) => compare(a.key, b.key)),
    problems: [...ordered.flatMap(parsed => parsed.problems), ...problems].sort(byPlace),
    notices: [...ordered.flatMap(parsed => parsed.notices), ...notices].sort(byPlace),
    unreadableFiles: filesOf(ordered, parsed => !parsed.complete && !parsed.unsettled),
    unsettledFiles: filesOf(ordered, parsed => parsed.unsettled === true),
    warnings: [],
  };
}

function filesOf(files: readonly ParsedFile[], are: (parsed: ParsedFile) => boolean): readonly string[] {
  return files.filter(are).map(parsed => parsed.file);
}

interface Placed extends Definition {
  readonly file: string;
  readonly unsettled?: true;
}

function duplicates(files: readonly ParsedFile[]) {
  const owners = new Map<string, Placed>();
  const again = new Map<string, string[]>();
  const jobs: ManifestJob[] = [];
  const problems: Problem[] = [];
  const notices: Problem[] = [];
  for (const next of files.flatMap(placed)) {
    const owner = owners.get(next.key);
    if (owner === undefined) {
      owners.set(next.key, next);
      if (next.job !== undefined) jobs.push(next.job);
      continue;
    }
    // A definition on its way from one file to another is in both for a moment
    if (owner.unsettled || next.unsettled) continue;
    problems.push(
      tell(next, `job ${next.key} is already defined at ${where(owner)}, rename or remove one of them`),
    );
    again.set(next.key, [...(again.get(next.key) ?? []), `${next.file}:${next.job?.line ?? next.line}`]);
    notices.push(tell(owner, `job ${next.key} is defined again at ${where(next)}, this definition is used`));
  }
  return { jobs: jobs.map(job => withOthers(job, again.get(job.key))), problems, notices };
}

function placed({ file, definitions, unsettled }: ParsedFile): readonly Placed[] {
  return definitions.map(one => ({ ...one, file, ...(unsettled ? { unsettled } : {}) }));
}

function withOthers(job: ManifestJob, again: readonly string[] | undefined): ManifestJob {
  return again === undefined ? job : { ...job, again };
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
