import { formatProblem } from '../../api/manifest/parse.js';
import { show } from '../../api/types/text.js';
import { CommandError } from '../../settings/usage-error.js';
import type { Entry, Value } from './conf.js';

/** A value as one text: lists of texts with commas between them, anything else as JSON. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  const flat = Array.isArray(value) && value.every(item => typeof item === 'string');
  return flat ? value.join(',') : JSON.stringify(value);
}

/** The text of a scalar; throws {@link CommandError} for a list or mapping, and for an empty text. */
export function scalar(entry: Entry): string {
  if (typeof entry.value === 'string' && entry.value !== '') return entry.value;
  return wrong(entry, 'a value');
}

/** A whole number, also where it is written as `4.0` or in quotes. */
export function whole(entry: Entry): number {
  const number = amount(entry);
  return Number.isSafeInteger(number) ? number : wrong(entry, 'a whole number');
}

/** A number of at least zero, whole or not, in quotes or not. */
export function amount(entry: Entry): number {
  const text = scalar(entry);
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : wrong(entry, 'a number');
}

/** `true` or `false`, in quotes or not, however it is capitalised. */
export function truth(entry: Entry): boolean {
  const text = scalar(entry).toLowerCase();
  return text === 'true' || text === 'false' ? text === 'true' : wrong(entry, 'true or false');
}

/** A list of texts; a single text counts as the parts between its commas. */
export function texts(entry: Entry): readonly string[] {
  if (Array.isArray(entry.value)) return entry.value.map((_, i) => scalar(item(entry, i)));
  return scalar(entry)
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

/** A list of words, as they are; a single text counts as the words between its blanks. */
export function words({ key, value, ...where }: Entry): readonly string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter(word => word !== '');
  if (!isList(value)) return wrong({ key, value, ...where }, 'words');
  return value.map((word, i) =>
    typeof word === 'string' ? word : wrong({ key: `${key}[${i}]`, value: word, ...where }, 'a word'),
  );
}

/** The mappings of a list, each with its values as entries of their own, named as a person would: `KEY[0].cpu`. */
export function mappings(entry: Entry): readonly Readonly<Record<string, Entry>>[] {
  if (!Array.isArray(entry.value) || entry.value.length === 0) return wrong(entry, 'a list of resources');
  return entry.value.map((_, i) => {
    const one = item(entry, i);
    return Object.fromEntries(
      Object.entries(mapping(one)).map(([name, value]) => [
        name,
        { ...entry, key: `${one.key}.${name}`, value },
      ]),
    );
  });
}

/** Keys and values; throws {@link CommandError} for anything else. */
export function mapping(entry: Entry): Readonly<Record<string, Value>> {
  const { value } = entry;
  if (typeof value === 'string' || isList(value)) return wrong(entry, 'keys and values');
  return value;
}

/** Throws a {@link CommandError} that says where, what was expected, and what is there. */
export function wrong({ key, value, file, line, column }: Entry, expected: string): never {
  const message = `${key}: expected ${expected}, got ${show(value)}`;
  throw new CommandError(formatProblem({ file, line, column, message }));
}

function item(entry: Entry, i: number): Entry {
  const value = isList(entry.value) ? entry.value[i] : undefined;
  return { ...entry, key: `${entry.key}[${i}]`, value: value ?? '' };
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
