import type { Problem } from '../../api/manifest/manifests.js';
import type { Entry } from './conf.js';
import { type Fate, fateOf, latest } from './find-key.js';
import type { FieldId, SettingId } from './keys.js';
import { READ_BY_STARTER } from './other-keys.js';
import { textOf } from './values.js';

/** The keys of a configuration, each once, by what becomes of them. */
export interface SortedKeys {
  readonly fields: Fields;
  readonly settings: Readonly<Partial<Record<SettingId, Entry>>>;
  /** What reaches the ranks as it is, by key. */
  readonly configuration: Readonly<Record<string, string>>;
  /** One for each key that is ignored, with the reason, or that nobody knows. */
  readonly notes: readonly Problem[];
}

export type Fields = Readonly<Partial<Record<FieldId, Entry>>>;

/** Of a key that is given several times, in whichever spelling, the last one counts. */
export function sortKeys(entries: readonly Entry[]): SortedKeys {
  const fields: Partial<Record<FieldId, Entry>> = {};
  const settings: Partial<Record<SettingId, Entry>> = {};
  const passed: Record<string, Entry> = {};
  const notes: Problem[] = [];
  for (const entry of lastOfEach(entries)) {
    const fate = fateOf(entry.key);
    if (fate.kind === 'field') fields[fate.id] = instead(fields[fate.id], entry, notes);
    else if (fate.kind === 'setting') settings[fate.id] = instead(settings[fate.id], entry, notes);
    else if (fate.kind !== 'ignored') {
      const key = READ_BY_STARTER.get(latest(entry.key)) ?? entry.key;
      passed[key] = instead(passed[key], entry, notes);
    }
    const words = wordsOn(fate);
    if (words !== undefined) notes.push(noteOn(entry, words));
  }
  const configuration = Object.fromEntries(
    Object.entries(passed).map(([key, { value }]) => [key, textOf(value)]),
  );
  return { fields, settings, configuration, notes };
}

/** A remark that names the key and its place. */
export function noteOn({ key, file, line, column }: Entry, words: string): Problem {
  return { file, line, column, message: `${key} ${words}` };
}

/** Why a key has no effect where another one says what counts. */
export function outdone({ key, file, line }: Entry): string {
  return `is ignored: ${key} at ${file}:${line} is given, and counts`;
}

/** Of each spelling the last one, in the order of the files. */
function lastOfEach(entries: readonly Entry[]): readonly Entry[] {
  const last = new Map(entries.map(entry => [entry.key, entry]));
  return entries.filter(entry => last.get(entry.key) === entry);
}

/** The later one. Two spellings of one key are two keys to a file, so that nobody has seen the first one go. */
function instead(known: Entry | undefined, entry: Entry, notes: Problem[]): Entry {
  if (known) notes.push(noteOn(known, outdone(entry)));
  return entry;
}

function wordsOn(fate: Fate): string | undefined {
  if (fate.kind === 'ignored') return `is ignored: ${fate.why}`;
  if (fate.kind !== 'unknown') return undefined;
  const meant = fate.meant === undefined ? '' : `, did you mean ${fate.meant}?`;
  return `is not known, and is kept in spec.configuration, which every rank can read${meant}`;
}
