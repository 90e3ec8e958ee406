import { hash } from 'node:crypto';
import { type ParsedFile, unparsed } from '../../api/manifest/parse.js';
import { Turns } from '../../shared/turns.js';
import { type Content, parseContent, readContent } from './file.js';
import { type ListedFile, type Listing, signatureOf } from './listing.js';
import { isDoubtful, isHarmless, keepNames, names } from './reading.js';
import type { Arrivals } from './rename-tracker.js';

/**
 * A changed text counts once two reads this far apart found the same bytes and stamps: a file cut between two lines
 * may be a valid manifest with fewer replicas. We know of no writer that pauses longer in mid-file.
 */
const SETTLE_MS = 150;

/** How long we assume that a faulty text, or one with fewer jobs, is still being written. */
const DOUBT_MS = 1_000;

/**
 * Some file systems have time stamps of whole seconds: until then a text of the same length may get the same stamp.
 */
const COARSE_STAMP_MS = 2_100;

/** An editor may move a file away before it rewrites it; the file's job names are kept this long. */
const GONE_MS = 5_000;

/** Files read at the same time; reading waits for the disk, parsing doesn't wait. */
const AT_ONCE = 8;

/** What is known of one file. */
interface Known {
  /** The accepted content; undefined if none was accepted so far. */
  readonly believed: ParsedFile | undefined;
  /** The content read last. */
  readonly candidate: ParsedFile;
  readonly signature: string;
  readonly digest: string;
  /** When these bytes were first found under this signature. */
  readonly since: number;
  /** True if this signature proves the bytes unchanged, so the file isn't read again. */
  readonly proven: boolean;
}

export interface Recalled {
  readonly files: readonly ParsedFile[];
  /** When to read again, in milliseconds from now, if a file may be half-written. */
  readonly againMs: number | undefined;
}

interface Read {
  readonly known: Known;
  readonly againMs?: number;
}

/**
 * Remembers what each file held, so that an unchanged file is not read again, a change counts only when it is whole,
 * and a broken file still names its jobs. Only a cache: without it, content counts at its second read.
 *
 * Time stamps are compared with each other and never with a clock: a file's clock may be another machine's.
 */
export class FileMemory {
  private known = new Map<string, Known>();
  /** Links and folders that couldn't be read, and since when. */
  private faults = new Map<string, number>();
  private gone = new Map<string, { readonly known: Known; readonly at: number }>();

  /** @param now milliseconds of a clock that never jumps. */
  constructor(private readonly now: () => number) {}

  async recall(listing: Listing, arrivals: Arrivals): Promise<Recalled> {
    const seen = new Map(listing.faults.flatMap(({ file, message }) => this.fault(file, message)));
    const turns = new Turns(this.now);
    for (let from = 0; from < listing.files.length; from += AT_ONCE) {
      // Files that are known are not read, which would be a turn for others
      await turns.pause();
      const some = listing.files.slice(from, from + AT_ONCE);
      const reads = await Promise.all(some.map(listed => this.read(listed, arrivals)));
      for (const [file, found] of reads) seen.set(file, found);
    }
    this.faults = new Map(listing.faults.map(({ file }) => [file, this.faults.get(file) ?? this.now()]));
    await turns.pause();
    this.forget(seen);
    await turns.pause();
    const waits = [...seen.values()].flatMap(({ againMs }) => againMs ?? []);
    return {
      files: [...this.known].map(([file, known]) => counting(file, known)),
      againMs: waits.length === 0 ? undefined : waits.reduce((a, b) => Math.min(a, b)),
    };
  }

  private async read(listed: ListedFile, arrivals: Arrivals): Promise<readonly [string, Read]> {
    const { file, path } = listed;
    const before = this.known.get(file) ?? this.gone.get(file)?.known;
    const signature = signatureOf(listed);
    if (before?.proven && before.signature === signature) return [file, { known: before }];
    const content = await readContent(listed);
    const digest = digestOf(content);
    const same = before?.signature === signature && before.digest === digest;
    const since = same ? before.since : this.now();
    const believed = before?.believed;
    const candidate = same
      ? before.candidate
      : keepNames(parseContent(file, content), names(believed ?? this.lostFolder(file)));
    const needs = patience(candidate, believed, await isWhole(arrivals, path));
    const age = this.now() - since;
    const counts = age >= needs;
    const proven = counts && age >= (isCoarse(listed) ? COARSE_STAMP_MS : SETTLE_MS);
    const known = { believed: counts ? candidate : believed, candidate, signature, digest, since, proven };
    return [file, { known, ...(counts ? {} : { againMs: needs - age }) }];
  }

  /** A link or folder that can't be read: keeps everything known below it for a while. */
  private fault(file: string, message: string): readonly (readonly [string, Read])[] {
    const age = this.now() - (this.faults.get(file) ?? this.now());
    const below = [...this.known].filter(
      ([name]) => name === file || (file.endsWith('/') && name.startsWith(file)),
    );
    if (age < DOUBT_MS) {
      const againMs = DOUBT_MS - age;
      return [[file, blank(file)] as const, ...below].map(([name, known]) => [name, { known, againMs }]);
    }
    const lost = [...new Set(below.flatMap(([, { believed }]) => names(believed)))];
    const candidate = keepNames(unparsed(file, message), lost);
    return [[file, { known: { ...blank(file), believed: candidate, candidate } }]];
  }

  /** The entry of an enclosing folder that couldn't be read last time. */
  private lostFolder(file: string): ParsedFile | undefined {
    return [...this.faults.keys()]
      .filter(folder => folder.endsWith('/') && file.startsWith(folder))
      .map(folder => this.known.get(folder)?.believed)[0];
  }

  private forget(seen: ReadonlyMap<string, Read>): void {
    const now = this.now();
    for (const [file, known] of this.known) if (!seen.has(file)) this.gone.set(file, { known, at: now });
    for (const [file, { at }] of this.gone) if (seen.has(file) || now - at > GONE_MS) this.gone.delete(file);
    this.known = new Map([...seen].map(([file, { known }]) => [file, known]));
  }
}

/** How long the bytes must have been there before they count. */
function patience(candidate: ParsedFile, believed: ParsedFile | undefined, whole: boolean): number {
  // First match wins
  if (isDoubtful(candidate, believed)) return DOUBT_MS;
  // Only comments or white space changed: no need to wait
  if (believed !== undefined && isHarmless(candidate, believed)) return 0;
  // A new file that was moved into place is whole. A changed one may stop a run, so it's read twice all the same
  if (believed === undefined && whole) return 0;
  return SETTLE_MS;
}

function counting(file: string, { believed, candidate }: Known): ParsedFile {
  if (believed === candidate) return candidate;
  const before = believed ?? { file, definitions: [], problems: [], notices: [], complete: true };
  return { ...before, complete: false, unsettled: true };
}

function blank(file: string): Known {
  const candidate = unparsed(file, '');
  return { believed: undefined, candidate, signature: '', digest: '', since: 0, proven: false };
}

async function isWhole(arrivals: Arrivals, path: string): Promise<boolean> {
  if (!arrivals.isWhole(path)) return false;
  // The next full turn of the event loop delivers the events of all writes before our read
  for (const _ of [1, 2]) await new Promise(resolve => setImmediate(resolve));
  return arrivals.isWhole(path);
}

function isCoarse({ stats }: ListedFile): boolean {
  return stats.mtimeNs % 1_000_000_000n === 0n && stats.ctimeNs % 1_000_000_000n === 0n;
}

function digestOf(content: Content): string {
  return content.ok ? hash('sha256', content.bytes) : content.message;
}
