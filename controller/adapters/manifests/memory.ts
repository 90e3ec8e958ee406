import type { Definition, ParsedFile } from '../../api/parse.js';
import { unparsed } from '../../api/parse.js';
import { readManifestFile } from './file.js';
import type { ListedFile, Listing } from './listing.js';

/** How long a faulty file may be one that is still being written. */
const GRACE_MS = 1000;

/** A file changed so shortly before it was read may change again without a new time stamp (the kernel's clock tick). */
const TICK_MS = 100;

/** What is known of one file. */
interface Known {
  readonly parsed: ParsedFile;
  /** Undefined: read the file again next time, whatever it looks like. */
  readonly signature: string | undefined;
}

export interface Recalled {
  readonly files: readonly ParsedFile[];
  /** When to look again, in milliseconds from now, where a file is still being written. */
  readonly againMs: number | undefined;
}

/**
 * Remembers what each file held, so that an unchanged file is not parsed again, and a broken one still names its jobs.
 * A cache only: without it, a broken file merely names fewer of them.
 */
export class FileMemory {
  private known = new Map<string, Known>();

  constructor(private readonly now: () => number) {}

  async recall(listing: Listing): Promise<Recalled> {
    const next = new Map<string, Known>();
    let againMs: number | undefined;
    for (const listed of listing.files) {
      const { known, waitMs } = await this.look(listed);
      next.set(listed.file, known);
      if (waitMs !== undefined) againMs = Math.min(againMs ?? waitMs, waitMs);
    }
    for (const { file, message } of listing.faults) {
      const lost = [...this.known].filter(
        ([name]) => name === file || (file.endsWith('/') && name.startsWith(file)),
      );
      const parsed = keepNames(unparsed(file, message), [
        ...new Set(lost.flatMap(([, { parsed }]) => names(parsed))),
      ]);
      next.set(file, { parsed, signature: undefined });
    }
    this.known = next;
    return { files: [...next.values()].map(({ parsed }) => parsed), againMs };
  }

  private async look(listed: ListedFile): Promise<{ readonly known: Known; readonly waitMs?: number }> {
    const before = this.known.get(listed.file) ?? this.knownOfFolder(listed.file);
    const signature = signatureOf(listed);
    if (before?.signature === signature) return { known: before };
    const former = before?.parsed;
    const parsed = keepNames(await readManifestFile(listed), former === undefined ? [] : names(former));
    const age = this.now() - Number(listed.stats.mtimeMs);
    if (isDoubtful(parsed, former) && age >= 0 && age < GRACE_MS) {
      const silent = { file: listed.file, definitions: [], problems: [], notices: [], complete: false };
      return { known: { parsed: former ?? silent, signature: undefined }, waitMs: GRACE_MS - age };
    }
    const settled = this.now() - Number(listed.stats.ctimeMs) > TICK_MS;
    return { known: { parsed, signature: settled ? signature : undefined } };
  }

  /** Of a file that could not be looked at last time, because a folder above it could not be read. */
  private knownOfFolder(file: string): Known | undefined {
    const folder = [...this.known].find(([name]) => name.endsWith('/') && file.startsWith(name));
    return folder === undefined ? undefined : { ...folder[1], signature: undefined };
  }
}

/** Faulty, or with fewer jobs than before: what a file looks like while it is being written. */
function isDoubtful(parsed: ParsedFile, former: ParsedFile | undefined): boolean {
  if (parsed.problems.length > 0) return true;
  return former !== undefined && names(former).some(key => !names(parsed).includes(key));
}

function names(parsed: ParsedFile): readonly string[] {
  return parsed.definitions.map(({ key }) => key);
}

/** A text that does not tell all its jobs still defines those that the file held before. */
function keepNames(parsed: ParsedFile, former: readonly string[]): ParsedFile {
  const told = names(parsed);
  const missing = former.filter(key => !told.includes(key));
  if (parsed.complete || missing.length === 0) return parsed;
  const cause = parsed.problems.find(problem => problem.job === undefined) ?? parsed.problems[0];
  const kept: readonly Definition[] = missing.map(key => ({
    key,
    line: cause?.line ?? 1,
    column: cause?.column ?? 1,
  }));
  const problems = parsed.problems.flatMap(problem => {
    if (problem !== cause) return [problem];
    return [...(problem.job === undefined ? [] : [problem]), ...missing.map(job => ({ ...problem, job }))];
  });
  return { ...parsed, definitions: [...parsed.definitions, ...kept], problems };
}

function signatureOf({ path, stats }: ListedFile): string {
  return [path, stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}
