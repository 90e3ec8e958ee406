import { nearest } from '../api/text.js';
import type { JobRecord } from '../core/record.js';
import { CommandError } from './usage-error.js';

/** `name` in the namespace given, or `namespace/name`. */
export function jobKey(name: string, namespace: string | undefined): string {
  return name.includes('/') ? name : `${namespace ?? 'default'}/${name}`;
}

/** The job of that name. Fails with a {@link CommandError} that says which one may have been meant. */
export function findJob(records: readonly JobRecord[], name: string, namespace?: string): JobRecord {
  const key = jobKey(name, namespace);
  const record = records.find(r => r.key === key);
  if (record) return record;
  throw new CommandError(`no job ${key}${suggestion(records, key)}`);
}

const LISTED = 10;

function suggestion(records: readonly JobRecord[], key: string): string {
  const keys = records.map(record => record.key);
  if (keys.length === 0) return '; there are no jobs';
  const name = key.slice(key.indexOf('/') + 1);
  const elsewhere = keys.filter(k => k.endsWith(`/${name}`));
  const meant = elsewhere.length > 0 ? elsewhere : [nearest(key, keys) ?? []].flat();
  if (meant.length > 0) return `, did you mean ${meant.slice(0, LISTED).join(' or ')}?`;
  const more = keys.length > LISTED ? `, and ${keys.length - LISTED} more` : '';
  return `; there are ${keys.slice(0, LISTED).join(', ')}${more}`;
}
