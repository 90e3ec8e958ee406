import type { JobRecord, RunStatus } from '../../core/model/record.js';
import { parseRanges, ranges } from '../../core/text/ranges.js';
import { PortError } from '../../ports/errors.js';
import type { OutputChunk } from '../../ports/output-store.js';
import { CommandError } from '../../settings/usage-error.js';
import { oneLine } from '../../shared/one-line.js';
import { type Context, type JobRegistry, paceOf, withRegistry } from '../context/context.js';
import { chosenRun, readJob } from '../context/find-job.js';
import { last, lines, Passed, Position, prefixed, type Selection, selected } from '../logs/log-lines.js';
import { waitWords } from '../progress/progress-lines.js';
import { timestamp } from '../render/age.js';

export interface LogsFlags {
  readonly namespace?: string;
  readonly follow?: boolean;
  readonly run?: number;
  /** Only what these ranks wrote. */
  readonly rank?: readonly number[];
  /** Say of each line which rank wrote it. */
  readonly prefix?: boolean;
  /** Only so many lines at the end. */
  readonly tail?: number;
}

/** How often `-f` checks whether a run has started, in milliseconds. */
const POLL_MS = 500;

/** Writes a run's standard output and standard error to ours, byte for byte: from the store, else from its launcher. */
export function logs(name: string, flags: LogsFlags, context: Context): Promise<number> {
  return withRegistry(context, async registry => {
    const record = await readJob(registry, name, flags.namespace);
    const run = chosenRun(record, flags.run);
    if (run === undefined && !flags.follow) throw new CommandError(noOutput(record, run));
    const started = flags.follow ? await startOf(record, flags, registry, context) : run;
    if (!started) return 0;
    if (started.startedAt === undefined) throw new CommandError(noOutput(record, started));
    await printRun(record, started, flags, context);
    return 0;
  });
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
    record = await readJob(registry, first.key);
  }
  return undefined;
}

/** Why there is nothing to show, with what the job waits on. */
function noOutput({ key, status }: JobRecord, run: RunStatus | undefined): string {
  const which = run ? `run ${run.number} of job ${key}` : `job ${key}`;
  if (run?.outcome !== undefined) {
    return `${which} has no output: it ended before mpirun was started: ${run.reason}: ${oneLine(run.message ?? '')}`;
  }
  const [first] = status.waitingOn;
  const waits = first ? `; it waits for ${first.for}: ${waitWords(status.waitingOn)}` : '';
  return `${which} has no output yet${waits}`;
}

async function printRun(
  record: JobRecord,
  run: RunStatus,
  flags: LogsFlags,
  context: Context,
): Promise<void> {
  const { ports, settings } = context;
  if (run.output?.removed) throw new CommandError(removedWords(record, run, run.output.removed));
  checkRanks(record, run, flags.rank ?? []);
  const view = viewOf(flags);
  const outputs = ports.outputs(settings);
  const stored = await outputs.read(run.id);
  if (stored) return printStored(stored, view, context);
  const live = (follow: boolean) =>
    ports.output(settings, run.id, { of: view.of, follow, signal: ports.signal });
  try {
    if (flags.follow !== true) return await print(view.show(live(false)), context);
    if (flags.tail === undefined) return await print(view.show(live(true)), context);
    const position = new Position();
    await print(view.show(position.counted(live(false))), context);
    return await print(view.rest(position.after(live(true))), context);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    // It may have been stored, and its launcher removed, between the two reads
    const late = await outputs.read(run.id);
    if (late) return printStored(late, view, context);
    if (run.outcome === undefined) throw error;
    throw new CommandError(
      `output of run ${run.number} of job ${record.key} is no longer kept: ${error.message}`,
    );
  }
}

/** Open MPI 5.0 loses some of what ranks on other nodes write; the copies of single ranks are whole (docs/explanation/decisions/0014). */
async function printStored(stored: AsyncIterable<OutputChunk>, view: View, context: Context): Promise<void> {
  const passed = new Passed();
  await print(view.show(passed.counted(stored)), context);
  if (view.of === 'ranks' || passed.together >= passed.ranks) return;
  const few = `mpirun passed on ${passed.together} bytes, and its ranks wrote ${passed.ranks}`;
  await context.err.lines([`mpiswarm: ${few}: --prefix shows what each rank wrote, whole`]);
}

interface View {
  readonly of: 'all' | 'ranks';
  /** What the flags ask for of an output. */
  show(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk>;
  /** The same of what comes after the last lines were shown. */
  rest(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk>;
}

function viewOf({ rank, prefix, tail }: LogsFlags): View {
  const selection: Selection = rank ? new Set(rank) : prefix ? 'every-rank' : 'together';
  const rest = (chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> =>
    prefix ? prefixed(lines(selected(chunks, selection))) : selected(chunks, selection);
  const show = (chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> => {
    if (tail === undefined) return rest(chunks);
    const end = last(lines(selected(chunks, selection)), tail);
    return prefix ? prefixed(end) : end;
  };
  return { of: selection === 'together' ? 'all' : 'ranks', show, rest };
}

/** Where it is known which ranks there are, others are a mistake. */
function checkRanks({ key, status }: JobRecord, run: RunStatus, wanted: readonly number[]): void {
  const current = status.runs.at(-1)?.id === run.id;
  const places =
    run.placement?.map(([, , ranks]) => ranks) ?? (current ? status.workers.map(w => w.ranks) : []);
  const known = new Set(places.flatMap(text => parseRanges(text) ?? []));
  const missing = wanted.filter(rank => !known.has(rank));
  if (known.size === 0 || missing.length === 0) return;
  throw new CommandError(
    `no rank ${ranges(missing)} in run ${run.number} of job ${key}; it has ${ranges([...known])}`,
  );
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
