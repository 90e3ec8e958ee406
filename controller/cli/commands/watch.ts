import type { JobRecord } from '../../core/model/record.js';
import { type Context, type JobRegistry, paceOf, sortedRecords } from '../context/context.js';
import { getHeader, getRow, roomRow } from '../render/get.js';
import { type GetFlags, optionsOf } from '../render/get-options.js';
import { objectText } from '../render/object.js';
import { resource } from '../render/resource.js';
import { table } from '../render/text.js';

export interface Watch {
  readonly registry: JobRegistry;
  readonly isMeant: (record: JobRecord) => boolean;
  /** What was printed already. */
  readonly shown: readonly JobRecord[];
  readonly flags: GetFlags;
}

/** A change without an event is seen this much later, in milliseconds. */
const POLL_MS = 1_000;

/** Prints each job again whenever it changed, and once more when it is removed, until the user has seen enough. */
export async function watchJobs({ registry, isMeant, shown, flags }: Watch, context: Context): Promise<void> {
  const { signal } = context.ports;
  let known = shown;
  let trouble: string | undefined;
  // Where there was no job there is no header either
  let header = known.length === 0;
  const pace = paceOf(registry);
  while (!signal.aborted) {
    await pace.next(POLL_MS, signal);
    if (signal.aborted) return;
    const seen = await registry.observe([]);
    if (!seen.ok) {
      if (trouble !== seen.error) await context.err.lines([`mpiswarm: jobs cannot be read: ${seen.error}`]);
      trouble = seen.error;
      continue;
    }
    trouble = undefined;
    const records = sortedRecords(seen.value).filter(isMeant);
    await printChanges({ known, records, header }, flags, context);
    header &&= records.length === 0;
    known = records;
  }
}

interface Change {
  readonly known: readonly JobRecord[];
  readonly records: readonly JobRecord[];
  /** Whether the header is to come first. */
  readonly header: boolean;
}

async function printChanges(
  { known, records, header }: Change,
  flags: GetFlags,
  { out, ports }: Context,
): Promise<void> {
  const before = new Map(known.map(record => [record.key, record]));
  const gone = known.filter(({ key }) => !records.some(record => record.key === key));
  const { output } = flags;
  if (output === 'json' || output === 'yaml') {
    const changed = records.filter(
      record => JSON.stringify(before.get(record.key)) !== JSON.stringify(record),
    );
    for (const record of changed) {
      await out.write(`${output === 'yaml' ? '---\n' : ''}${objectText(resource(record), output)}`);
    }
    return;
  }
  // With `now` fixed a row differs only where something other than the age does
  const options = optionsOf([...known, ...records], flags, ports.now());
  const row = (record: JobRecord): readonly string[] => getRow(record, options);
  const isChanged = (record: JobRecord): boolean => {
    const old = before.get(record.key);
    return old === undefined || row(old).join('\n') !== row(record).join('\n');
  };
  const removed = gone.map(record => getRow(record, options, 'removed'));
  // All rows are laid out together, so that the columns stay where they are
  const [titles = '', , ...laidOut] = table([
    getHeader(options),
    roomRow(options),
    ...records.map(row),
    ...removed,
  ]);
  const changes = laidOut.filter((_, i) => i >= records.length || records.slice(i, i + 1).some(isChanged));
  await out.lines(header && changes.length > 0 ? [titles, ...changes] : changes);
}
