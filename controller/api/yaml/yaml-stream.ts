import { Composer, type CST, type Document, isScalar, LineCounter, Parser } from 'yaml';

/** A fault in the text, before its meaning is looked at. */
export interface TextFault {
  /** Characters from the start of the text. */
  readonly offset: number;
  readonly message: string;
}

export interface Stream {
  /** Documents in order; one that has errors may be incomplete. Empty ones are left out. */
  readonly documents: readonly Document.Parsed[];
  /** Faults that concern the file and not one of `documents`. */
  readonly faults: readonly TextFault[];
  place(offset: number): { readonly line: number; readonly column: number };
}

/**
 * Far more than a manifest needs. Composing is recursive: a text of some thousand open brackets exhausts the stack,
 * and Node may then abort instead of throwing.
 */
const MAX_DEPTH = 100;

/**
 * Splits text into YAML 1.2 documents (JSON is one). Linear in the size of the text: `uniqueKeys` compares each key
 * with all others, so {@link readTree} looks for duplicates instead.
 */
export function readStream(text: string): Stream {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const shallow = tokens.filter(token => tooDeep(token) === undefined);
  const composed = withoutStacks(() => [...composer.compose(shallow, true, text.length)]);
  return {
    documents: composed.filter(document => !isEmpty(document)) as Document.Parsed[],
    faults: tokens.flatMap(token => faultOf(token)),
    place: offset => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
}

/** The library makes an Error for each fault; with a stack for each, a text full of faults takes seconds. */
function withoutStacks<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function isEmpty({ contents, errors }: Document): boolean {
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));
}

function faultOf(token: CST.Token): readonly TextFault[] {
  if (token.type === 'directive') {
    const name = token.source.split(/\s/)[0] ?? '';
    return [
      { offset: token.offset, message: `directive ${name.slice(0, 40)} is not supported, remove the line` },
    ];
  }
  const offset = tooDeep(token);
  return offset === undefined ? [] : [{ offset, message: `more than ${MAX_DEPTH} levels of nesting` }];
}

/** Offset of the first collection found below the limit of nesting. Iterative, as the input is not to be trusted. */
function tooDeep(root: CST.Token): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > MAX_DEPTH) return next.token.offset;
    for (const token of children(next.token)) open.push({ token, depth: next.depth + 1 });
  }
  return undefined;
}

function children(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(item =>
    [item.key, item.value].filter(child => child !== undefined && child !== null),
  );
}
