import type { JobRecord } from '../../core/model/record.js';
import { type Context, readStore, sortedRecords, unreadableLines, withRegistry } from '../context/context.js';
import { jobKey, readableJob } from '../context/find-job.js';
import { getHeader, getRow, manifestWarnings, roomRow } from '../render/get.js';
import { type GetFlags, optionsOf } from '../render/get-options.js';
import { objectText } from '../render/object.js';
import { resource, resourceList } from '../render/resource.js';
import { table } from '../render/text.js';
import { watchJobs } from './watch.js';

/** Lists jobs, those named or all, and then each change of them where that is asked for. */
export function get(names: readonly string[], flags: GetFlags, context: Context): Promise<number> {
  return withRegistry(context, async registry => {
    const world = await readStore(registry);
    for (const name of names) readableJob(world, name, flags.namespace);
    const all = sortedRecords(world);
    const isMeant = selector(names, flags);
    const records = all.filter(isMeant);
    await printAll(records, names, flags, context);
    await context.err.lines(unreadableLines(world));
    if (flags.watch) await watchJobs({ registry, isMeant, shown: records, flags }, context);
    return 0;
  });
}

function selector(names: readonly string[], { namespace }: GetFlags): (record: JobRecord) => boolean {
  const keys = names.map(name => jobKey(name, namespace));
  if (keys.length > 0) return record => keys.includes(record.key);
  return record => namespace === undefined || record.manifest.metadata.namespace === namespace;
}

async function printAll(
  records: readonly JobRecord[],
  names: readonly string[],
  flags: GetFlags,
  { out, err, ports }: Context,
): Promise<void> {
  const { output, namespace } = flags;
  if (output === 'json' || output === 'yaml') {
    const [only] = records;
    return out.write(objectText(names.length === 1 && only ? resource(only) : resourceList(records), output));
  }
  if (records.length === 0)
    return err.lines([namespace === undefined ? 'no jobs' : `no jobs in namespace ${namespace}`]);
  const options = optionsOf(records, flags, ports.now());
  const room = flags.watch ? [roomRow(options)] : [];
  const [header = '', ...rows] = table([
    getHeader(options),
    ...room,
    ...records.map(record => getRow(record, options)),
  ]);
  await out.lines([header, ...rows.slice(room.length)]);
  return err.lines(manifestWarnings(records));
}
