import type { JobRecord, RunStatus } from '../../core/record.js';
import { type OutputChunk, PortError } from '../../ports.js';
import { type Context, type JobRegistry, paceOf, readJobs, withRegistry } from '../context.js';
import { findJob } from '../find-job.js';
import { timestamp } from '../render/age.js';
import { oneLine } from '../render/text.js';
import { CommandError } from '../usage-error.js';

export interface LogsFlags {
  readonly namespace?: string;
  readonly follow?: boolean;
  readonly run?: number;
}

/** How often `-f` looks whether a run has started, in milliseconds. */
const POLL_MS = 500;

/** Writes a run's standard output and standard error to ours, byte for byte: from the store, else from its launcher. */
export function logs(name: string, flags: LogsFlags, context: Context): Promise<number> {
  return withRegistry(context, async registry => {
    const record = findJob(await readJobs(registry), name, flags.namespace);
    const run = chosenRun(record, flags.run);
    if (run === undefined && !flags.follow) throw new CommandError(noOutput(record, run));
    const started = flags.follow ? await startOf(record, flags, registry, context) : run;
    if (!started) return 0;
    if (started.startedAt === undefined) throw new CommandError(noOutput(record, started));
    await printRun(record, started, flags.follow === true, context);
    return 0;
  });
}

function chosenRun(record: JobRecord, number: number | undefined): RunStatus | undefined {
  const { runs } = record.status;
  if (number === undefined) return runs.at(-1);
  const run = runs.find(r => r.number === number);
  if (run) return run;
  const known = runs.length === 0 ? 'it has no run yet' : `it has ${runs.map(r => r.number).join(', ')}`;
  throw new CommandError(`no run ${number} of job ${record.key}; ${known}`);
}

/** Waits until the run has started or ended; undefined when the user stopped waiting. */
async function startOf(
  first: JobRecord,
  flags: LogsFlags,
  registry: JobRegistry,
  { ports, err }: Context,
): Promise<RunStatus | undefined> {
  let record = first;
  let said = '';
  const pace = paceOf(registry);
  while (!ports.signal.aborted) {
    const run = chosenRun(record, flags.run);
    if (run && (run.startedAt !== undefined || run.outcome !== undefined)) return run;
    if (!run && record.status.outcome !== undefined) throw new CommandError(noOutput(record, run));
    const words = noOutput(record, run);
    if (words !== said) await err.lines([`mpiswarm: ${words}`]);
    said = words;
    await pace.next(POLL_MS, ports.signal);
    record = findJob(await readJobs(registry), first.key);
  }
  return undefined;
}

/** Why there is nothing to show, with what the job waits on. */
function noOutput({ key, status }: JobRecord, run: RunStatus | undefined): string {
  const which = run ? `run ${run.number} of job ${key}` : `job ${key}`;
  if (run?.outcome !== undefined) {
    return `${which} has no output: it ended before mpirun was started: ${run.reason}: ${oneLine(run.message ?? '')}`;
  }
  const [first, ...more] = status.waitingOn;
  const others = more.length > 0 ? `, and ${more.length} more` : '';
  const waits = first ? `; it waits for ${first.for}: ${oneLine(first.message)}${others}` : '';
  return `${which} has no output yet${waits}`;
}

async function printRun(record: JobRecord, run: RunStatus, follow: boolean, context: Context): Promise<void> {
  const { ports, settings } = context;
  if (run.output?.removed) throw new CommandError(removedWords(record, run, run.output.removed));
  const outputs = ports.outputs(settings);
  const stored = await outputs.read(run.id);
  if (stored) return print(stored, context);
  try {
    await print(ports.output(settings, run.id, { follow, signal: ports.signal }), context);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    // It may have been stored, and its launcher removed, between the two looks
    const late = await outputs.read(run.id);
    if (late) return print(late, context);
    if (run.outcome === undefined) throw error;
    throw new CommandError(
      `output of run ${run.number} of job ${record.key} is not kept any more: ${error.message}`,
    );
  }
}

function removedWords(
  { key }: JobRecord,
  { number }: RunStatus,
  { at, message }: { readonly at: number; readonly message: string },
): string {
  return `output of run ${number} of job ${key} was removed at ${timestamp(at)}: ${message}`;
}

async function print(chunks: AsyncIterable<OutputChunk>, { out, err }: Context): Promise<void> {
  for await (const { stream, data } of chunks) await (stream === 'stderr' ? err : out).write(data);
}
