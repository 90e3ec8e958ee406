import { endState, mismatches, summary, UNLISTED } from './end-state.js';
import { type Expectation, expectationOf, pausesMs } from './faults.js';
import { momentsOf } from './moments.js';
import { formatPlan, type Plan } from './plan.js';
import { RESYNC_MS } from './process.js';
import { Strangers } from './strangers.js';
import { WORKLOADS, type Workload } from './workloads.js';
import { SimWorld } from './world.js';

/** What a workload comes to when nothing goes wrong. */
export interface Reference {
  readonly end: readonly string[];
  readonly summary: readonly string[];
  readonly effects: number;
  readonly ticks: number;
  readonly phases: readonly string[];
  readonly durationMs: number;
}

export interface Played {
  readonly id: string;
  /** Every fault has struck. A plan whose faults never strike proves nothing. */
  readonly struck: boolean;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly effects: number;
  readonly ticks: number;
  readonly phases: readonly string[];
  readonly end: readonly string[];
  readonly summary: readonly string[];
  /** An mpirun was asked to end, which it is not without the faults. */
  readonly stopped: boolean;
  /** Virtual time to the match. */
  readonly durationMs: number;
  /** How much longer than the whole workload takes without faults it took from the last fault to the match. */
  readonly lateMs: number;
}

/** Idle means that so many ticks in a row issue nothing. */
const REST_TICKS = 20;
/** Three resyncs; what comes on top is in {@link pausesMs}. */
const ALLOWED_MS = 3 * RESYNC_MS;
const MAX_ROUNDS = 20_000;

/**
 * Plays a plan to its end and judges it.
 * @param reference without it, the plan is judged by what the manifests ask for alone.
 * @param attend given the world before anything happens in it.
 */
export async function play(
  plan: Plan,
  reference?: Reference,
  attend: (world: SimWorld) => void = () => {},
): Promise<Played> {
  const workload = WORKLOADS[plan.workload];
  if (!workload) throw new Error(`no workload is called ${plan.workload}`);
  const world = new SimWorld(plan.faults);
  const strangers = new Strangers(world);
  const phases: string[] = [];
  const told = world.watch.onRecord;
  world.watch.onRecord = (record, before) => {
    for (const moment of momentsOf(record)) if (!phases.includes(moment)) phases.push(moment);
    told(record, before);
  };
  const expectation = weakest(plan, workload);
  attend(world);
  workload.setUp(world);
  const ownMs = (reference?.durationMs ?? 600_000) * (workload.lasting ? 2 : 1);
  const limitMs = ownMs + ALLOWED_MS + pausesMs(plan.faults.map(({ kind }) => kind));
  const matched = await untilMatch(world, { workload, expectation, limitMs });
  const durationMs = world.now() - world.started;
  const lateMs = world.now() - world.calmSince - (reference?.durationMs ?? 0);
  const { effects, ticks } = world;
  const struck = world.pending.length === 0;
  world.spare();
  const end = matched ? endState(world) : [];
  const made = summary(world);
  if (matched && expectation !== 'told') {
    await rest(world);
    const after = endState(world);
    if (after.join('\n') !== end.join('\n')) world.watch.violations.add(`did not stay:${diff(end, after)}`);
  }
  const late = plan.faults.some(({ kind }) => kind.includes('late'));
  // What is stored after its job is gone, or of a job whose record was taken away, is removed only when it expires
  if (matched && !late && !plan.faults.some(({ kind }) => kind === 'rm-record')) {
    const leaked = end.filter(line => line.startsWith(UNLISTED));
    if (leaked.length > 0) world.watch.violations.add(`output is left: ${leaked.join('; ')}`);
  }
  if (matched && reference && struck) compare(world, { end, made, reference, expectation, late });
  for (const words of strangers.changed()) world.watch.violations.add(words);
  return {
    id: formatPlan(plan),
    struck,
    violations: [...world.watch.violations],
    trace: world.trace,
    effects,
    ticks,
    phases,
    end,
    summary: made,
    stopped: stops(made) && reference !== undefined && !stops(reference.summary),
    durationMs,
    lateMs,
  };
}

function stops(made: readonly string[]): boolean {
  return made.some(line => line.startsWith('create stop '));
}

async function untilMatch(
  world: SimWorld,
  how: { readonly workload: Workload; readonly expectation: Expectation; readonly limitMs: number },
): Promise<boolean> {
  const { workload, expectation, limitMs } = how;
  const acts = [...workload.acts];
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds += 1) {
    await world.round();
    if (world.watch.violations.size > 0) return false;
    const next = acts[0];
    if (next?.when(world)) {
      world.note(`act: ${next.words}`);
      world.disturbed(0);
      next.act(world);
      world.wake();
      acts.shift();
    }
    // Where the fault ended the story in another way, what would follow doesn't happen
    const over = acts.length === 0 || LENIENT.includes(expectation);
    const settled = over && !world.disturbing && isQuiet(world);
    if (settled && (await mismatches(world)).length === 0) return true;
    if (!world.disturbing && world.now() - world.calmSince > limitMs) break;
  }
  if (expectation === 'told' && isTold(world)) return true;
  const why = await mismatches(world);
  const open = acts.map(({ words }) => `act still to come: ${words}`);
  world.watch.violations.add(`does not match in time: ${[...why, ...open].join('; ')}`);
  return false;
}

const LENIENT: readonly Expectation[] = ['match', 'told'];

/** Every job that is not where it should be says who must do something, or that what is in the way has the room that it needs. */
function isTold(world: SimWorld): boolean {
  const stuck = [...world.watch.records.values()].filter(
    ({ status }) => status.phase !== 'done' && status.reason !== 'Suspended',
  );
  return stuck.every(({ status }) => status.waitingOn.some(({ reason }) => TOLD.includes(reason)));
}

const TOLD: readonly string[] = ['Refused', 'InsufficientResources', 'AddressesExhausted'];

/** Nothing can match while a job is on its way; looking closer costs more. */
function isQuiet(world: SimWorld): boolean {
  return [...world.watch.records.values()].every(
    ({ status }) => status.phase === 'done' || status.reason === 'Suspended',
  );
}

/** Judges whether nothing is written any more. */
export async function rest(world: SimWorld): Promise<void> {
  // What was issued last may still show in one more tick; the controller may have been restarted just now, before it had its first
  const settle = world.ticks + 2;
  while (world.ticks < settle) await world.round();
  const [before, asked, from] = [world.effects, world.images.asked.length, world.trace.length];
  const until = world.ticks + REST_TICKS;
  while (world.ticks < until) await world.round();
  if (world.effects !== before || world.images.asked.length !== asked) {
    world.watch.violations.add(`not at rest: ${world.trace.slice(from).join('; ')}`);
  }
}

function compare(
  world: SimWorld,
  got: {
    readonly end: readonly string[];
    readonly made: readonly string[];
    readonly reference: Reference;
    readonly expectation: Expectation;
    readonly late: boolean;
  },
): void {
  const { end, made, reference, expectation } = got;
  if (expectation === 'same-output') {
    const lost = reference.end.filter(line => line.startsWith('output ') && !end.includes(line));
    if (lost.length > 0) world.watch.violations.add(`output is lost: ${lost.join('; ')}`);
  }
  if (expectation !== 'same' && expectation !== 'same-end') return;
  // Output that is stored after its job is gone is removed only when it expires
  const expected = got.late ? end.filter(line => !line.startsWith(UNLISTED)) : end;
  const other = diff(reference.end, expected);
  if (other !== '') world.watch.violations.add(`another end than without the fault:${other}`);
  if (expectation !== 'same') return;
  const more = diff(reference.summary, made);
  if (more !== '') world.watch.violations.add(`made or removed otherwise than without the fault:${more}`);
}

function diff(expected: readonly string[], actual: readonly string[]): string {
  const lines = [
    ...expected.filter(line => !actual.includes(line)).map(line => `\n  - ${line}`),
    ...actual.filter(line => !expected.includes(line)).map(line => `\n  + ${line}`),
  ];
  return lines.join('');
}

const ORDER: readonly Expectation[] = ['same', 'same-end', 'same-output', 'match', 'told'];

function weakest({ faults }: Plan, { stops, removes, loose }: Workload): Expectation {
  const ranks = faults.map(({ kind }) => {
    const hangs = /^(hang|slow|pause|zk-|engine-)|x5$/.test(kind);
    return Math.max(
      ORDER.indexOf(expectationOf(kind)),
      ORDER.indexOf(stops && hangs ? 'match' : removes ? 'same-end' : 'same'),
    );
  });
  return ORDER[Math.max(loose ? ORDER.indexOf('match') : 0, ...ranks)] ?? 'same';
}
