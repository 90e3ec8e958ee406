/**
 * A plan is a workload and faults, each with the moment at which it strikes. Its text is its identity: it is what is
 * printed of a plan that fails, and all that is needed to play it again.
 *
 *     ring:crash-during@e7,refused@e9
 */

/** The n-th external effect, the n-th tick, or the first time that a job's stored record is at this phase or moment. */
export type Moment =
  | { readonly on: 'effect'; readonly n: number }
  | { readonly on: 'tick'; readonly n: number }
  | { readonly on: 'phase'; readonly phase: string };

export interface Fault {
  readonly kind: string;
  readonly at: Moment;
}

export interface Plan {
  readonly workload: string;
  readonly faults: readonly Fault[];
}

export const atEffect = (kind: string, n: number): Fault => ({ kind, at: { on: 'effect', n } });
export const atTick = (kind: string, n: number): Fault => ({ kind, at: { on: 'tick', n } });
export const atPhase = (kind: string, phase: string): Fault => ({ kind, at: { on: 'phase', phase } });

/** The text of a plan; {@link parsePlan} reads it back. */
export function formatPlan({ workload, faults }: Plan): string {
  return `${workload}:${faults.map(({ kind, at }) => `${kind}@${formatMoment(at)}`).join(',')}`;
}

function formatMoment(at: Moment): string {
  switch (at.on) {
    case 'effect':
      return `e${at.n}`;
    case 'tick':
      return `t${at.n}`;
    case 'phase':
      return at.phase;
    default:
      return at satisfies never;
  }
}

/** Throws when the text is not a plan. Whether workload and kinds exist is found out when it is played. */
export function parsePlan(text: string): Plan {
  const [, workload, list] = /^([\w-]+):(.*)$/.exec(text) ?? [];
  if (workload === undefined || list === undefined) {
    throw new Error(`a plan is WORKLOAD:KIND@MOMENT,…, got ${text}`);
  }
  return { workload, faults: list === '' ? [] : list.split(',').map(parseFault) };
}

function parseFault(text: string): Fault {
  const [, kind, at] = /^([\w-]+)@([\w-]+)$/.exec(text) ?? [];
  if (kind === undefined || at === undefined) throw new Error(`a fault is KIND@MOMENT, got ${text}`);
  const [, on, n] = /^([et])(\d+)$/.exec(at) ?? [];
  if (on === undefined) return atPhase(kind, at);
  return on === 'e' ? atEffect(kind, Number(n)) : atTick(kind, Number(n));
}
