import { nearest } from '../../api/types/text.js';
import { FIELDS, type FieldId, SETTING_KEYS, type SettingId } from './keys.js';
import { IGNORED, PASSED } from './other-keys.js';

/** What becomes of a key. */
export type Fate =
  | { readonly kind: 'field'; readonly id: FieldId }
  | { readonly kind: 'setting'; readonly id: SettingId }
  | { readonly kind: 'passed' }
  | { readonly kind: 'ignored'; readonly why: string }
  /** Nobody knows it. `meant`: a known one that is spelt nearly so. */
  | { readonly kind: 'unknown'; readonly meant?: string };

/** What becomes of a key, in any spelling that Twister2 had for it. The exact name counts before one that ends in `*`. */
export function fateOf(key: string): Fate {
  const known = EXACT.get(stem(key));
  if (known) return known;
  const family = FAMILIES.find(({ prefix }) => normal(key).startsWith(prefix));
  if (family) return family.fate;
  const meant = nearest(key, NAMES);
  return { kind: 'unknown', ...(meant === undefined ? {} : { meant }) };
}

/** The name of a key as Twister2 has it in the end, in whichever spelling it is given. */
export function latest(key: string): string {
  return `twister2.${stem(key)}`;
}

/** Without what came and went in front of the names. */
function stem(key: string): string {
  return normal(key).replace(/^twister2\./, '');
}

/** One spelling for those of all versions; two are misspelt in files that Twister2 shipped. */
function normal(key: string): string {
  return key.replace(/^(twister2|twsiter2|ttwister2)\.(resource\.)?/, 'twister2.');
}

const ROWS: readonly { readonly names: readonly string[]; readonly fate: Fate }[] = [
  ...ids(FIELDS).map(id => ({ names: FIELDS[id].names, fate: { kind: 'field', id } as const })),
  ...ids(SETTING_KEYS).map(id => ({ names: SETTING_KEYS[id].names, fate: { kind: 'setting', id } as const })),
  ...IGNORED.map(({ names, why }) => ({ names, fate: { kind: 'ignored', why } as const })),
  { names: PASSED, fate: { kind: 'passed' } },
];

const ENTRIES = ROWS.flatMap(({ names, fate }) => names.map(name => ({ name, fate })));

const EXACT = new Map(
  ENTRIES.filter(({ name }) => !name.endsWith('*')).map(({ name, fate }) => [stem(name), fate]),
);

/** The longest first, so that the narrower family counts. */
const FAMILIES = ENTRIES.filter(({ name }) => name.endsWith('*'))
  .map(({ name, fate }) => ({ prefix: normal(name.slice(0, -1)), fate }))
  .sort((a, b) => b.prefix.length - a.prefix.length);

const NAMES = ENTRIES.map(({ name }) => name).filter(name => !name.endsWith('*'));

function ids<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}
