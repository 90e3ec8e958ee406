import type { Effect } from './effect.js';

/** An effect of a run, told from the others by its kind and, where there are several of a kind, by more. */
export interface Moment {
  /** As the table of fault runs names it. */
  readonly title: string;
  readonly is: (effect: Effect) => boolean;
  readonly nth?: number;
  /** Comes only when the job's manifest was removed. */
  readonly atRemoval?: true;
}

const kind = (title: string): Moment => ({ title, is: effect => effect.kind === title });
const nth = (title: string, which: number): Moment => ({
  title: `${title}, number ${which}`,
  is: effect => effect.kind === title,
  nth: which,
});
const record = (title: string, is: (effect: Effect) => boolean): Moment => ({
  title: `store record: ${title}`,
  is: effect => effect.kind === 'store record' && is(effect),
});

/** What the controller does for a job of two workers, up to its end. */
const OF_A_RUN: readonly Moment[] = [
  kind('create record'),
  kind('create network'),
  kind('create run'),
  kind('create secret launcher'),
  kind('create secret worker'),
  kind('create config'),
  kind('create service launcher'),
  kind('create service workers'),
  nth('store record', 1),
  nth('store record', 2),
  nth('store record', 3),
  kind('create start of run'),
  record('mpirun runs', ({ phase, outcome }) => phase === 'running' && outcome === undefined),
  record('the run has ended', ({ phase, outcome }) => phase !== 'done' && outcome !== undefined),
  kind('remove service workers'),
  nth('remove run znodes', 1),
  nth('remove run znodes', 4),
  record('the job is done', ({ phase }) => phase === 'done'),
];

/** What it does once the manifest of a finished job is gone. */
const OF_A_REMOVAL: readonly Moment[] = [
  kind('remove service launcher'),
  kind('remove secret launcher'),
  kind('remove secret worker'),
  kind('remove config'),
  kind('remove record'),
].map(moment => ({ ...moment, atRemoval: true }));

export const MOMENTS: readonly Moment[] = [...OF_A_RUN, ...OF_A_REMOVAL];
