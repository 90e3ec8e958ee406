import type { Installation } from '../../core/desired.js';
import { PHASES, type Phase } from '../../core/machine.js';
import { stopWords } from '../../core/stop-intent.js';
import type { SwarmWorld } from '../../core/world.js';
import type { Intent } from '../intent.js';
import type { Rehearsal } from '../rehearse.js';
import type { Paint } from './paint.js';
import { commandRows } from './plan-commands.js';
import { noteRows } from './plan-notes.js';
import { indent, oneLine, table } from './text.js';

export interface PlanInputs {
  readonly intent: Intent;
  /** Of the run that would be started; undefined where none would be. */
  readonly rehearsal?: Rehearsal;
  readonly installation: Installation;
  /** Undefined: it could not be read. */
  readonly swarm?: SwarmWorld;
}

/** What a manifest would mean, and what would be done for it, rung by rung. */
export function planText(inputs: PlanInputs, paint: Paint): readonly string[] {
  const { intent, rehearsal } = inputs;
  const { key, source } = intent.record;
  const head = [`${paint('bold', `job ${key}`)}  (${source})`, ...indent(meaning(intent))];
  if (!rehearsal) return head;
  const rungs = PHASES.flatMap(phase => [
    '',
    paint('bold', phase),
    ...indent(rung(phase, { ...inputs, rehearsal })),
  ]);
  return [...head, ...rungs];
}

type Rung = PlanInputs & { readonly rehearsal: Rehearsal };

const CHANGES = {
  new: 'new job',
  none: 'no change',
  policy: 'policy only',
  runs: 'what runs changed',
} satisfies Record<Intent['change'], string>;

/** What to say where no run is stopped or started. */
const IDLE = {
  new: '',
  none: 'nothing to do',
  policy: 'applied in place, restarts nothing',
  runs: '',
} satisfies Record<Intent['change'], string>;

/** `what runs changed: run 2 would be stopped, run 3 started` and the reasons. */
export function meaning({ change, stops, next, record }: Intent): readonly string[] {
  const effects = [
    ...(stops ? [`run ${stops.run.number} would be stopped`] : []),
    ...(next.kind === 'start-run' ? [`run ${next.run.number} ${stops ? '' : 'would be '}started`] : []),
  ];
  const words = effects.length > 0 ? effects.join(', ') : IDLE[change];
  return [`${CHANGES[change]}${words === '' ? '' : `: ${words}`}`, ...reasons({ stops, next, record })];
}

function reasons({
  stops,
  next,
  record,
}: Pick<Intent, 'next' | 'record'> & { readonly stops: Intent['stops'] | undefined }): readonly string[] {
  const why =
    stops && next.kind !== 'wait'
      ? [`run ${stops.run.number} is stopped because ${stopWords(stops.why, record)}`]
      : [];
  switch (next.kind) {
    case 'start-run':
      return why;
    case 'go-on':
      return [`run ${next.run.number} is open and goes on`];
    case 'wait':
      return [`no run is started: ${next.reason}: ${oneLine(next.message)}`];
    case 'stay':
      return [
        ...why,
        `the job is finished: ${next.outcome}${next.message === '' ? '' : `: ${oneLine(next.message)}`}`,
      ];
    default:
      return next satisfies never;
  }
}

function rung(phase: Phase, { intent, rehearsal, installation, swarm }: Rung): readonly string[] {
  const { stuck } = rehearsal;
  if (stuck && PHASES.indexOf(phase) > PHASES.indexOf(stuck.phase)) return ['not reached while that holds'];
  const { znode } = installation;
  const made = rehearsal.commands[phase].flatMap(command => commandRows(command, znode));
  const notes = noteRows(phase, { intent, rehearsal, znode, ...(swarm ? { swarm } : {}) });
  const reasons = stuck?.phase === phase ? stuck.reasons : [];
  return table([...made, ...notes, ...reasons.map(r => ['waits', `${r.reason}: ${oneLine(r.message)}`])], 2);
}
