import type { Edit, PolicyEdit } from '../../api/manifest/edit.js';
import type { JobRecord } from '../../core/model/record.js';

/** What can be asked of a job by an edit of its manifest. */
export type Verb = 'rerun' | 'cancel' | 'suspend' | 'resume' | 'delete';

/** The edit that asks for it. A rerun lifts what would keep the job from running. */
export function editOf(verb: Verb, now: number): Edit {
  const fields = {
    rerun: { rerun: new Date(now).toISOString(), cancel: false, suspend: false },
    cancel: { cancel: true },
    suspend: { suspend: true },
    resume: { suspend: false },
  } satisfies Record<Exclude<Verb, 'delete'>, PolicyEdit>;
  return verb === 'delete' ? { do: 'delete' } : { do: 'set', fields: fields[verb] };
}

/** `rerun requested in ring.yaml:12, cancel lifted` */
export function doneWords(verb: Verb, place: string, changed: PolicyEdit): string {
  const lifted = (['cancel', 'suspend'] as const).filter(name => verb === 'rerun' && changed[name] === false);
  const words = {
    rerun: `rerun requested in ${place}`,
    cancel: `cancel requested in ${place}`,
    suspend: `suspend requested in ${place}`,
    resume: `resume requested in ${place}`,
    delete: `deleted from ${place}`,
  } satisfies Record<Verb, string>;
  return words[verb] + lifted.map(name => `, ${name} lifted`).join('');
}

/** What the manifest says already, where a verb changes nothing. */
export function unchangedWords(verb: Verb, place: string): string {
  const words = {
    rerun: '',
    cancel: 'cancel is true',
    suspend: 'suspend is true',
    resume: 'suspend is false',
    delete: '',
  } satisfies Record<Verb, string>;
  return `unchanged, ${words[verb]} in ${place}`;
}

/** What to do by hand. */
export function byHand(verb: Verb): string {
  const words = {
    rerun: 'set spec.runPolicy.rerun to a new value',
    cancel: 'set spec.runPolicy.cancel to true',
    suspend: 'set spec.runPolicy.suspend to true',
    resume: 'set spec.runPolicy.suspend to false',
    delete: 'remove the document',
  } satisfies Record<Verb, string>;
  return words[verb];
}

/** Whether the controller has done what was asked. Undefined: there is no such job any more. */
export function isDone(edit: Edit, record: JobRecord | undefined): boolean {
  if (edit.do === 'delete' || !record) return record === undefined;
  const { status, generation, manifest } = record;
  const { rerun, cancel, suspend } = edit.fields;
  const { runPolicy } = manifest.spec;
  const isSeen = Object.entries(edit.fields).every(
    ([name, value]) => runPolicy[name as keyof PolicyEdit] === value,
  );
  const finished = status.outcome !== undefined;
  if (!isSeen || status.observedGeneration !== generation) return false;
  if (rerun !== undefined) return finished || status.runs.at(-1)?.generation === generation;
  if (cancel === true) return finished;
  return finished || (status.reason === 'Suspended') === (suspend === true);
}
