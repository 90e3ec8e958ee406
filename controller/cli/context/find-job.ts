import { nearest } from '../../api/types/text.js';
import type { JobRecord, RunStatus } from '../../core/model/record.js';
import type { StateStoreWorld } from '../../ports/state-store.js';
import { CommandError } from '../../settings/usage-error.js';
import { listWords } from '../../shared/list-words.js';
import { type JobRegistry, readStore, sortedRecords } from './context.js';

/** `name` in the namespace given, or `namespace/name`. */
export function jobKey(name: string, namespace: string | undefined): string {
  return name.includes('/') ? name : `${namespace ?? 'default'}/${name}`;
}

/** The job of that name. Fails with a {@link CommandError} that says which one may have been meant. */
export function findJob(records: readonly JobRecord[], name: string, namespace?: string): JobRecord {
  const key = jobKey(name, namespace);
  const record = records.find(r => r.key === key);
  if (record) return record;
  const keys = records.map(one => one.key);
  throw new CommandError(`no job ${key}${keys.length === 0 ? '; there are no jobs' : likeKeys(keys, key)}`);
}

/** The same of all that is stored; fails also when the job's own record cannot be read. */
export function readableJob(world: StateStoreWorld, name: string, namespace?: string): JobRecord {
  const key = jobKey(name, namespace);
  const why = world.unreadableRecords.get(key);
  if (why !== undefined) throw new CommandError(`job ${key}: RecordUnreadable: ${why}`);
  return findJob(sortedRecords(world), name, namespace);
}

/** The same, read now. */
export async function readJob(registry: JobRegistry, name: string, namespace?: string): Promise<JobRecord> {
  return readableJob(await readStore(registry), name, namespace);
}

/** The run of that number, or the last one. Fails with a {@link CommandError} that says which runs there are. */
export function chosenRun(record: JobRecord, number: number | undefined): RunStatus | undefined {
  const { runs } = record.status;
  if (number === undefined) return runs.at(-1);
  const run = runs.find(r => r.number === number);
  if (run) return run;
  const known =
    runs.length === 0 ? 'it has no run yet' : `it has ${listWords(runs.map(r => String(r.number)))}`;
  throw new CommandError(`no run ${number} of job ${record.key}; ${known}`);
}

const LISTED = 10;

/** Which of the jobs that there are may have been meant, as the end of a sentence; empty where there are none. */
export function likeKeys(keys: readonly string[], key: string): string {
  if (keys.length === 0) return '';
  const name = key.slice(key.indexOf('/') + 1);
  const elsewhere = keys.filter(k => k.endsWith(`/${name}`));
  const meant = elsewhere.length > 0 ? elsewhere : [nearest(key, keys) ?? []].flat();
  if (meant.length > 0) return `, did you mean ${meant.slice(0, LISTED).join(' or ')}?`;
  return `; there are ${listWords(keys, { shown: LISTED })}`;
}
