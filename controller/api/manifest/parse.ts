import type { Document, YAMLError } from 'yaml';
import { given } from '../../shared/given.js';
import { validate } from '../rules/validate.js';
import { dotted } from '../types/text.js';
import { readTree } from '../yaml/tree.js';
import { readStream, type Stream } from '../yaml/yaml-stream.js';
import { claim, identity } from './identity.js';
import type { ManifestJob, Problem } from './manifests.js';

/** Far above any real manifest, and small enough that the worst text of that size is parsed in about a second. */
export const MAX_BYTES = 256 * 1024;

/** More than a person reads; a text of nothing but faults must not fill the memory. */
const MAX_PROBLEMS = 100;

/** After the first, a fault of syntax is most often a consequence; a text that is no YAML has one on every line. */
const MAX_SYNTAX_PROBLEMS = 3;

/** A job that a text defines, well or badly. */
export interface Definition {
  /** `namespace/name`. */
  readonly key: string;
  readonly line: number;
  readonly column: number;
  /** Absent when the definition is faulty. */
  readonly job?: ManifestJob;
}

/** A problem whose words are computed only when it is shown: of thousands, only the first are. */
interface Draft extends Omit<Problem, 'message'> {
  readonly message: () => string;
}

interface DocumentPart extends Omit<ParsedFile, 'problems'> {
  readonly problems: readonly Draft[];
}

/** What one file says. */
export interface ParsedFile {
  readonly file: string;
  /** In order of the documents; the same key may appear twice: see {@link settle}. */
  readonly definitions: readonly Definition[];
  readonly problems: readonly Problem[];
  readonly notices: readonly Problem[];
  /** False when the text may define jobs that are not among `definitions`. */
  readonly complete: boolean;
  /** The text may still be being written: it does not count yet, and `definitions` is what counted before. */
  readonly unsettled?: true;
}

/**
 * Reads all documents of a text, YAML or JSON. Never throws, never expands anything, and takes time linear in the size
 * of the text. A faulty document spoils no other document of the same text.
 */
export function parseManifests(text: string, file: string): ParsedFile {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return unparsed(file, tooLarge(bytes));
  if (text.trim() === '') return unparsed(file, 'the file is empty, delete it to remove its jobs');
  const stream = readStream(text);
  if (stream.faults.length > 0) {
    const problems = stream.faults.map(({ offset, message }) => {
      return { file, ...stream.place(offset), message: () => message };
    });
    return { file, definitions: [], problems: capped(problems), notices: [], complete: false };
  }
  const parts = stream.documents.map(document => parseDocument(document, stream, file));
  return {
    file,
    definitions: parts.flatMap(part => part.definitions),
    problems: capped(parts.flatMap(part => part.problems)),
    notices: parts.flatMap(part => part.notices),
    complete: parts.every(part => part.complete),
  };
}

/** A file of which nothing can be said but why. */
export function unparsed(file: string, message: string): ParsedFile {
  return {
    file,
    definitions: [],
    problems: [{ file, line: 1, column: 1, message }],
    notices: [],
    complete: false,
  };
}

/** The message for a file of more than {@link MAX_BYTES} bytes. */
export function tooLarge(bytes: number): string {
  return `a manifest file must have at most ${MAX_BYTES} bytes, got ${bytes}`;
}

/** `file:line:column: message`, which editors and terminals make clickable. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

function parseDocument(document: Document.Parsed, stream: Stream, file: string): DocumentPart {
  const claimed = claim(document);
  const known = claimed.kind === 'other' ? undefined : identity(document);
  const job = known === undefined ? {} : { job: known.key };
  const empty = { file, definitions: [], problems: [], notices: [], complete: true };
  const at = (offset: number) => ({ file, ...stream.place(offset) });
  const syntax = leading([...document.errors, ...document.warnings]);
  if (syntax.length > 0) {
    const left = syntax.length - MAX_SYNTAX_PROBLEMS;
    const problems = syntax.slice(0, MAX_SYNTAX_PROBLEMS + 1).map((error, i) => ({
      ...at(error.pos[0]),
      message: () => (i < MAX_SYNTAX_PROBLEMS || left === 1 ? plain(error.message) : moreSyntax(left)),
      ...job,
    }));
    return { ...empty, definitions: defined(undefined), problems, complete: false };
  }
  const start = document.contents?.range?.[0] ?? 0;
  if (claimed.kind === 'other') return { ...empty, notices: [{ ...at(start), message: claimed.message }] };
  if (claimed.kind === 'unclear') {
    const problems = [{ ...at(claimed.offset), message: () => claimed.message, ...job }];
    return { ...empty, definitions: defined(undefined), problems, complete: known !== undefined };
  }
  const result = validate(readTree(document));
  if (result.ok && known !== undefined) {
    const { line } = stream.place(start);
    return { ...empty, definitions: defined({ key: known.key, manifest: result.manifest, file, line }) };
  }
  const problems = (result.ok ? [] : result.faults).map(fault => ({
    ...at(fault.offset),
    message: fault.message,
    ...(fault.path.length === 0 ? {} : { path: dotted(fault.path) }),
    ...job,
  }));
  return { ...empty, definitions: defined(undefined), problems, complete: known !== undefined };

  function defined(manifest: ManifestJob | undefined): readonly Definition[] {
    if (known === undefined) return [];
    const { line, column } = stream.place(known.offset);
    return [{ key: known.key, line, column, ...given({ job: manifest }) }];
  }
}

function moreSyntax(left: number): string {
  return `yaml: and ${left} more errors in this document from here on`;
}

/** Without what only follows from a tab: the library misreads all that is indented by it. */
function leading(faults: readonly YAMLError[]): readonly YAMLError[] {
  const tabs = faults.filter(({ code }) => code === 'TAB_AS_INDENT');
  return tabs.length > 0 ? tabs : faults;
}

const UNENDED =
  /^Flow (sequence|map) in block collection must be sufficiently indented and end with a ([\]}])$/;

/** The library's words in our form: one short line that starts in lower case. */
function plain(message: string): string {
  const [, what, end] = UNENDED.exec(message) ?? [];
  if (end !== undefined)
    return `yaml: ${what === 'map' ? 'a mapping' : 'a list'} in brackets has no ${end} before here, or is not indented`;
  if (message.startsWith('Tabs are not allowed')) return `${lowered(message)}, use spaces`;
  return lowered(message);
}

function lowered(message: string): string {
  const line = message.split('\n')[0] ?? '';
  const text = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return `yaml: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** The first problems, and the first of each job: a job that no problem names would count as removed. */
function capped(drafts: readonly Draft[]): readonly Problem[] {
  const named = new Set<string>();
  const kept = drafts.filter(({ job }, i) => {
    const first = job !== undefined && !named.has(job);
    if (first) named.add(job);
    return first || i < MAX_PROBLEMS;
  });
  const problems = kept.map(draft => ({ ...draft, message: draft.message() }));
  const left = drafts.length - kept.length;
  const last = drafts[MAX_PROBLEMS];
  if (left === 0 || last === undefined) return problems;
  const { file, line, column } = last;
  return [...problems, { file, line, column, message: `and ${left} more problems from here on` }];
}
