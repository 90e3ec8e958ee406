import { type Context, readJobs, withRegistry } from '../context.js';
import { findJob } from '../find-job.js';
import { describeJob } from '../render/describe.js';
import { objectText } from '../render/object.js';
import { resource } from '../resource.js';

export interface DescribeFlags {
  readonly namespace?: string;
  readonly output?: 'json' | 'yaml';
}

/** Shows all that is known of one job. */
export function describe(name: string, flags: DescribeFlags, context: Context): Promise<number> {
  return withRegistry(context, async registry => {
    const record = findJob(await readJobs(registry), name, flags.namespace);
    const { out, paint, ports } = context;
    if (flags.output) await out.write(objectText(resource(record), flags.output));
    else await out.lines(describeJob(record, { now: ports.now(), paint }));
    return 0;
  });
}
