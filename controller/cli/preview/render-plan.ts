import { show } from '../../api/types/text.js';
import { PHASES, type Phase } from '../../core/model/phase.js';
import type { Installation } from '../../core/model/specs.js';
import type { Reservation, SwarmWorld } from '../../core/model/world.js';
import { stopWords } from '../../core/run/stop.js';
import { given } from '../../shared/given.js';
import { oneLine } from '../../shared/one-line.js';
import type { Paint } from '../render/paint.js';
import { indent, table } from '../render/text.js';
import type { Change, Intent } from './intent.js';
import type { Rehearsal } from './rehearse.js';
import { commandRows } from './render-plan-commands.js';
import { noteRows } from './render-plan-notes.js';

export interface PlanInputs {
  readonly intent: Intent;
  /** Of the run that would be started; undefined where none would be. */
  readonly rehearsal?: Rehearsal;
  readonly installation: Installation;
  /** Undefined: it could not be read. */
  readonly swarm?: SwarmWorld;
  /** What containers of others take; undefined as well. */
  readonly others?: readonly Reservation[];
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
  runs: 'new run',
  rerun: 'rerun',
  cancel: 'cancel',
  suspend: 'suspend',
  resume: 'resume',
  delete: 'delete',
} satisfies Record<Change, string>;

/** What to say where no run is stopped or started. */
const IDLE = {
  new: '',
  none: 'nothing to do',
  policy: 'applied in place, restarts nothing',
  runs: 'no run would be started',
  rerun: 'no run would be started',
  cancel: 'applied in place, there is nothing to stop',
  suspend: 'applied in place, there is nothing to stop',
  resume: 'applied in place, there is nothing to start',
  delete: '',
} satisfies Record<Change, string>;

/** `new run: run 2 would be stopped, run 3 started`, the fields that change, and the reasons. */
export function meaning(intent: Intent): readonly string[] {
  const { change, stops, next } = intent;
  const effects = [
    ...(stops ? [['run', stops.run.number, 'stopped']] : []),
    ...(next.kind === 'start-run' ? [['run', next.run.number, 'started']] : []),
    ...(next.kind === 'remove' ? [['everything of the job', 'removed']] : []),
  ];
  const words = effects.map((effect, i) =>
    [...effect.slice(0, -1), ...(i === 0 ? ['would be'] : []), effect.at(-1)].join(' '),
  );
  const effect = words.length > 0 ? words.join(', ') : IDLE[change];
  return [
    `${CHANGES[change]}${effect === '' ? '' : `: ${effect}`}`,
    ...fieldLines(intent),
    ...reasons(intent),
  ];
}

/** `changes  spec.args: [] → ["x"]`, a line each. */
function fieldLines({ fields }: Intent): readonly string[] {
  const value = (of: unknown): string => (of === undefined ? 'not set' : oneLine(show(of)));
  return table(
    fields.map(({ path, from, to }, i) => [
      i === 0 ? 'changes' : '',
      `${path}: ${value(from)} → ${value(to)}`,
    ]),
    2,
  );
}

function reasons({ stops, next, record, change }: Intent): readonly string[] {
  const why =
    stops && next.kind !== 'wait'
      ? [`run ${stops.run.number} is stopped because ${stopWords(stops.why, record)}`]
      : [];
  switch (next.kind) {
    case 'start-run':
      return why;
    case 'go-on':
      return [`run ${next.run.number} continues`];
    case 'wait':
      return [`no run is started: ${next.reason}: ${oneLine(next.message)}`];
    case 'stay': {
      const words = `${next.outcome}${next.message === '' ? '' : `: ${oneLine(next.message)}`}`;
      const stays =
        change === 'resume' || change === 'policy'
          ? '; only a rerun or a change of what runs starts it again'
          : '';
      return [...why, `${stops ? 'the job ends' : 'the job is finished'}: ${words}${stays}`];
    }
    case 'remove':
      return [...why, 'its status and its output are removed too'];
    default:
      return next satisfies never;
  }
}

function rung(phase: Phase, { intent, rehearsal, installation, swarm, others }: Rung): readonly string[] {
  const { stuck } = rehearsal;
  if (stuck && PHASES.indexOf(phase) > PHASES.indexOf(stuck.phase)) return ['not reached while that holds'];
  const { znode } = installation;
  const made = rehearsal.commands[phase].flatMap(command => commandRows(command, znode));
  const notes = noteRows(phase, { intent, rehearsal, znode, ...given({ swarm, others }) });
  const reasons = stuck?.phase === phase ? stuck.reasons : [];
  return table([...made, ...notes, ...reasons.map(r => ['waits', `${r.reason}: ${oneLine(r.message)}`])], 2);
}
