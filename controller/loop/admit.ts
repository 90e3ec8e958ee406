import type { Policy } from '../api/policy/policy.js';
import { policyRefusals } from '../api/policy/refusals.js';
import {
  type Admission,
  type Admissions,
  admitEach,
  awaitsAdmission,
  wantsOtherNodes,
} from '../core/job/admission.js';
import type { Prepared } from '../core/job/reconcile.js';
import type { JobRecord } from '../core/model/record.js';
import type { Seen, SwarmWorld } from '../core/model/world.js';
import { fileOf } from '../core/text/source.js';
import type { Swarm } from '../ports/swarm.js';
import { finishInTurns, type Turns } from '../shared/turns.js';

interface AdmitBy {
  readonly swarm: Swarm;
  readonly turns: Turns;
  readonly policy?: (() => Promise<Policy>) | undefined;
}

/**
 * Decides for all jobs at once which of them may start. What others reserve is read only when a job is to be admitted. A job that
 * the policy refuses holds up no other; runs that are open go on, whatever it says.
 */
export async function admit(
  prepared: readonly Prepared[],
  world: SwarmWorld,
  { swarm, turns, policy }: AdmitBy,
): Promise<Seen<Admissions>> {
  turns.begin();
  const follow = prepared.filter(mayHoldOrAsk);
  const starting = follow.filter(awaitsAdmission);
  const rules = starting.length === 0 ? undefined : await policy?.();
  const refused = new Map(rules ? starting.flatMap(({ record }) => refusal(record, rules)) : []);
  const jobs = follow.filter(({ record }) => !refused.has(record.key));
  if (!jobs.some(job => awaitsAdmission(job) || wantsOtherNodes(job.record, world.nodes)))
    return { ok: true, value: refused };
  const others = await swarm.reservations();
  if (!others.ok) return others;
  turns.begin();
  const inputs = { jobs, swarm: world, others: others.value };
  const decided = await finishInTurns(admitEach(inputs), turns);
  return { ok: true, value: new Map([...decided, ...refused]) };
}

/** A job that has ended, as most have, holds no room and asks for none. */
function mayHoldOrAsk({ record, follows }: Prepared): boolean {
  const run = record.status.runs.at(-1);
  return follows !== undefined && (run?.outcome === undefined || follows.kind === 'start-run');
}

function refusal(
  { key, manifest, source }: JobRecord,
  policy: Policy,
): readonly (readonly [string, Admission])[] {
  const rules = policyRefusals(manifest, fileOf(source), policy);
  if (rules.length === 0) return [];
  return [[key, { kind: 'waits', reason: { reason: 'PolicyRefused', message: rules.join('; ') } }]];
}
