import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { nearest } from '../api/types/text.js';
import { SETTING_NAMES, type SettingName } from './settings.js';
import { UsageError } from './usage-error.js';

export interface FileValue {
  readonly text: string;
  /** `file:line` */
  readonly place: string;
}

/** Far more than all settings need. */
const MAX_CHARACTERS = 64 * 1024;

/** The settings that a configuration file gives: one flat YAML mapping. Throws {@link UsageError} with `file:line`. */
export function readConfig(text: string, file: string): ReadonlyMap<SettingName, FileValue> {
  if (text.length > MAX_CHARACTERS) {
    throw new UsageError(
      `${file}: a configuration file must have at most ${MAX_CHARACTERS} characters, got ${text.length}`,
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    stringKeys: true,
  });
  const place = (offset: number) => `${file}:${Math.max(lines.linePos(offset).line, 1)}`;
  const fault = [...document.errors, ...document.warnings][0];
  if (fault)
    throw new UsageError(`${place(fault.pos[0])}: ${lowerFirst(fault.message.split('\n')[0] ?? '')}`);
  const values = new Map<SettingName, FileValue>();
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return values;
  if (!isMap(document.contents)) throw new UsageError(`${file}:1: expected a mapping of settings`);
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const at = place(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
    if (!isSettingName(name)) throw new UsageError(`${at}: unknown setting ${name}${suggestion(name)}`);
    if (!isScalar(value) || value.value === null)
      throw new UsageError(`${at}: ${name} must be a single value`);
    values.set(name, { text: value.source ?? String(value.value), place: at });
  }
  return values;
}

function isSettingName(name: string): name is SettingName {
  return SETTING_NAMES.includes(name as SettingName);
}

function suggestion(name: string): string {
  const meant = nearest(name.replaceAll(/[-_]/g, ''), SETTING_NAMES);
  return meant === undefined ? `, expected one of ${SETTING_NAMES.join(', ')}` : `, did you mean ${meant}?`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
