import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import type { RunPolicy } from '../types/mpijob.js';
import { appendedField, applied, type Change, replacedScalar } from '../yaml/edit-text.js';
import { readStream, type Stream } from '../yaml/yaml-stream.js';
import { claim, identity } from './identity.js';
import { type Definition, type ParsedFile, parseManifests } from './parse.js';

/** Fields of `spec.runPolicy` and what each shall say. */
export type PolicyEdit = Readonly<Partial<Pick<RunPolicy, 'rerun' | 'cancel' | 'suspend'>>>;

export type Edit = { readonly do: 'set'; readonly fields: PolicyEdit } | { readonly do: 'delete' };

/** Lines are those of the new text, from 1. */
export type EditResult =
  | { readonly kind: 'edited'; readonly text: string; readonly line: number; readonly changed: PolicyEdit }
  /** It says so already. */
  | { readonly kind: 'unchanged'; readonly line: number }
  /** The job was all that the text holds. */
  | { readonly kind: 'emptied' }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The text with one job changed, and every other byte as it was: comments, order, quotes, indentation, line ends and
 * other documents stay. The result is read again, and refused unless it says exactly what was asked for and of every
 * other job what it said before.
 * @param key `namespace/name`; where the text defines it twice, the first one counts.
 */
export function editText(text: string, key: string, edit: Edit): EditResult {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const bare = text.slice(mark.length);
  const stream = readStream(bare);
  const before = parseManifests(bare, '');
  const at = stream.faults.length > 0 ? -1 : stream.documents.findIndex(one => defines(one, key));
  const document = stream.documents[at];
  const definition = before.definitions.find(one => one.key === key);
  if (!document || !definition) return refused(`it does not define job ${key} any more`);
  if (document.errors.length > 0) return refused('it has syntax errors');
  const draft =
    edit.do === 'delete'
      ? withoutDocument(bare, stream, at)
      : withFields(bare, { document, definition, fields: edit.fields });
  if (draft.kind === 'refused' || draft.kind === 'emptied') return draft;
  const line = (text: string) =>
    edit.do === 'delete' ? stream.place(startOf(document)).line : lineOf(text, key, Object.keys(edit.fields));
  if (draft.kind === 'unchanged') return { kind: 'unchanged', line: line(bare) };
  if (!isAsExpected({ before, after: parseManifests(draft.text, ''), key, edit })) return refused(NO_PLACE);
  return { kind: 'edited', text: mark + draft.text, line: line(draft.text), changed: draft.changed };
}

const NO_PLACE = 'it is written in a form that cannot be edited safely';

type Draft =
  | { readonly kind: 'edited'; readonly text: string; readonly changed: PolicyEdit }
  | { readonly kind: 'unchanged' }
  | Extract<EditResult, { kind: 'emptied' | 'refused' }>;

function refused(message: string): Extract<EditResult, { kind: 'refused' }> {
  return { kind: 'refused', message };
}

/** A document with all that is between its first byte and the next one's; comments above the first one stay. */
function withoutDocument(text: string, { documents }: Stream, at: number): Draft {
  if (documents.length === 1) return { kind: 'emptied' };
  const to = documents[at + 1]?.range?.[0] ?? text.length;
  return {
    kind: 'edited',
    text: applied(text, [{ from: startOf(documents[at]), to, text: '' }]),
    changed: {},
  };
}

interface Target {
  readonly document: Document.Parsed;
  readonly definition: Definition;
  readonly fields: PolicyEdit;
}

function withFields(text: string, { document, definition, fields }: Target): Draft {
  const policy = definition.job?.manifest.spec.runPolicy;
  if (policy === undefined) return refused('its manifest has errors');
  const wanted = Object.entries(fields).filter(([name, value]) => policy[name as keyof PolicyEdit] !== value);
  const spec = pairOf(document.contents, 'spec');
  const changes = wanted.map(([name, value]) => changeOf(text, spec, { name, value }));
  if (wanted.length === 0) return { kind: 'unchanged' };
  const safe = changes.flatMap(change => change ?? []);
  if (safe.length < changes.length) return refused(NO_PLACE);
  return { kind: 'edited', text: applied(text, safe), changed: Object.fromEntries(wanted) };
}

function changeOf(
  text: string,
  spec: Pair | undefined,
  field: { readonly name: string; readonly value: string | boolean },
): Change | undefined {
  const runPolicy = pairOf(spec?.value, 'runPolicy');
  const present = pairOf(runPolicy?.value, field.name);
  if (present) return replacedScalar(text, present.value, field.value);
  if (runPolicy) return appendedField(text, runPolicy, field);
  return spec && appendedField(text, spec, { name: 'runPolicy', value: field });
}

/** True when the new text defines what the old one did but for what was asked. */
function isAsExpected(of: {
  readonly before: ParsedFile;
  readonly after: ParsedFile;
  readonly key: string;
  readonly edit: Edit;
}): boolean {
  const { before, after, key, edit } = of;
  const meaning = ({ definitions }: ParsedFile) =>
    definitions.map(({ key, job }) => ({ key, manifest: job?.manifest }));
  const first = before.definitions.findIndex(one => one.key === key);
  const expected = meaning(before).flatMap((one, i) => {
    if (i !== first) return [one];
    if (edit.do === 'delete' || !one.manifest) return [];
    const { spec } = one.manifest;
    return [
      {
        key,
        manifest: { ...one.manifest, spec: { ...spec, runPolicy: { ...spec.runPolicy, ...edit.fields } } },
      },
    ];
  });
  const remarks = ({ notices }: ParsedFile) => notices.map(({ message }) => message);
  return isDeepStrictEqual([meaning(after), remarks(after)], [expected, remarks(before)]);
}

/** Line of the first of these fields that the job has, else of the job. */
function lineOf(text: string, key: string, fields: readonly string[]): number {
  const stream = readStream(text);
  const document = stream.documents.find(one => defines(one, key));
  const runPolicy = pairOf(pairOf(document?.contents, 'spec')?.value, 'runPolicy');
  const field = fields.flatMap(name => pairOf(runPolicy?.value, name)?.key ?? []).find(isScalar);
  return stream.place(field?.range?.[0] ?? document?.contents?.range?.[0] ?? 0).line;
}

function defines(document: Document.Parsed, key: string): boolean {
  return claim(document).kind !== 'other' && identity(document)?.key === key;
}

function startOf(document: Document.Parsed | undefined): number {
  return document?.range?.[0] ?? 0;
}

function pairOf(node: unknown, name: string): Pair | undefined {
  if (!isMap(node)) return undefined;
  return (node as YAMLMap).items.find(({ key }) => isScalar(key) && key.value === name);
}
