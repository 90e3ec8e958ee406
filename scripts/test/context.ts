import type { Args } from './args.js';
import { isLeaving, unlessInterrupted } from './interrupt.js';
import type { Ended, Message } from './model/messages.js';
import { placeOf, type Wanted } from './model/suites.js';
import type { Job } from './plan.js';
import type { Printer } from './report/printer.js';
import type { Results } from './report/results.js';
import { runChild } from './run-child.js';

/** What all parts of a run share. */
export interface Context {
  readonly args: Args;
  readonly wanted: Wanted;
  readonly printer: Printer;
  readonly results: Results;
  /** File for the rows of the table of faults. */
  readonly faultRows: string;
  readonly say: (line: string) => void;
}

/** Where a process of tests runs. */
export interface Surroundings {
  /** For headings: which cluster. */
  readonly lane?: string;
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the tests of these files in one process, and notes what comes of them. */
export async function runJob(job: Job, where: Surroundings, context: Context): Promise<void> {
  const { results, wanted, printer } = context;
  await unlessInterrupted();
  const lane = where.lane ?? '';
  const print = printing(job, lane, context);
  let file = job.files[0] ?? '';
  const end = await runChild({
    order: { files: job.files, wanted },
    ...(where.prefix === undefined ? {} : { prefix: where.prefix }),
    ...(where.env === undefined ? {} : { env: where.env }),
    hear: message => {
      if (isLeaving()) return;
      if (message.kind === 'ended') file = message.ended.file;
      results.hear(message);
      print(message);
    },
    line: text => (isLeaving() ? undefined : printer.output(lane, file, text)),
  });
  await unlessInterrupted();
  const broken = results.close(job.tests, end, job.files);
  if (broken !== undefined) printer.say(`✗ ${broken}`);
}

/** Unit tests are many and quick, so they get a line a file, unless they were asked for by name. */
function printing(job: Job, lane: string, { printer, args }: Context): (message: Message) => void {
  const isBrief =
    placeOf(job.files[0] ?? '') === 'unit' && args.files.length === 0 && args.grep === undefined;
  const ended: Ended[] = [];
  return message => {
    if (message.kind === 'ended' && !isBrief) printer.ended(lane, message.ended);
    if (message.kind === 'ended') ended.push(message.ended);
    if (message.kind === 'file' && isBrief) {
      const own = ended.filter(one => one.file === message.file);
      printer.file(message.file, own, message.ms);
    }
  };
}
