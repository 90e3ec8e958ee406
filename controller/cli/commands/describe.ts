import { type Context, withRegistry } from '../context/context.js';
import { chosenRun, readJob } from '../context/find-job.js';
import { describeJob } from '../render/describe.js';
import { objectText } from '../render/object.js';
import { resource } from '../render/resource.js';

export interface DescribeFlags {
  readonly namespace?: string;
  readonly output?: 'json' | 'yaml';
  /** Show this run in full; the last one otherwise. */
  readonly run?: number;
}

/** Shows all that is known of one job. */
export function describe(name: string, flags: DescribeFlags, context: Context): Promise<number> {
  return withRegistry(context, async registry => {
    const record = await readJob(registry, name, flags.namespace);
    const { out, paint, ports } = context;
    if (flags.output) await out.write(objectText(resource(record), flags.output));
    else {
      const run = chosenRun(record, flags.run)?.number;
      const columns = out.isTerminal ? ports.stdout.columns : undefined;
      const options = { now: ports.now(), paint, ...(run ? { run } : {}), ...(columns ? { columns } : {}) };
      await out.lines(describeJob(record, options));
    }
    return 0;
  });
}
