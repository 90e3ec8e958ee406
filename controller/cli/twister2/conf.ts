import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { formatProblem } from '../../api/manifest/parse.js';
import { CommandError } from '../../settings/usage-error.js';

/** One key of a Twister2 configuration file. */
export interface Entry {
  /** As it is written. */
  readonly key: string;
  /** Scalars as text, so that `"true"` and `true`, `2` and `"2"` are the same; lists and mappings of these. */
  readonly value: Value;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Value = string | readonly Value[] | { readonly [key: string]: Value };

/** Far more than any configuration of Twister2 has. */
const MAX_CHARACTERS = 256 * 1024;

/**
 * The keys of one file: a flat YAML mapping. Takes what Twister2's own reader took, and its own files need: a comment right
 * after a quoted text, and keys that are given twice, of which the last one counts.
 * Throws {@link CommandError} that says where the fault is and what to do.
 */
export function readConf(text: string, file: string): readonly Entry[] {
  if (text.length > MAX_CHARACTERS) {
    refuse(
      file,
      { line: 1, col: 1 },
      `expected at most ${MAX_CHARACTERS} characters, got ${text.length}; is it a configuration file?`,
    );
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    stringKeys: true,
    uniqueKeys: false,
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap(({ contents, errors, warnings }) => {
    const fault = [...errors, ...warnings].find(({ message }) => !message.startsWith(TIGHT_COMMENT));
    if (fault) {
      const words = fault.message.split('\n')[0] ?? '';
      refuse(
        file,
        lines.linePos(fault.pos[0]),
        `yaml: ${words.charAt(0).toLowerCase()}${words.slice(1)}; mend the line and import again`,
      );
    }
    if (contents === null || (isScalar(contents) && contents.value === null)) return [];
    const place = (node: unknown) => lines.linePos((node as Node | null)?.range?.[0] ?? 0);
    if (!isMap(contents)) refuse(file, place(contents), 'expected lines `KEY: VALUE`, as Twister2 has them');
    return contents.items.map(({ key, value }) => {
      const at = place(key);
      const name = isScalar(key) ? String(key.value) : '';
      const read = plain(value as Node | null, message => refuse(file, place(value), `${name}: ${message}`));
      return { key: name, value: read, file, line: at.line, column: at.col };
    });
  });
}

const TIGHT_COMMENT = 'Comments must be separated';

function plain(node: Node | null, fail: (message: string) => never): Value {
  if (node === null) return '';
  // An integer beyond what JavaScript holds, or 1.0, would be another text as a number
  if (isScalar(node)) return node.value === null ? '' : (node.source ?? String(node.value));
  if (isSeq(node)) return node.items.map(item => plain(item as Node | null, fail));
  if (!isMap(node)) return fail('an alias or a tag is not accepted, write the value out');
  const pairs = node.items.map(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : fail('expected a text as key');
    return [name, plain(value as Node | null, fail)] as const;
  });
  return Object.fromEntries(pairs);
}

function refuse(
  file: string,
  { line, col }: { readonly line: number; readonly col: number },
  message: string,
): never {
  throw new CommandError(formatProblem({ file, line: Math.max(line, 1), column: Math.max(col, 1), message }));
}
