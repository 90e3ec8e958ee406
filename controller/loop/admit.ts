import { type Admissions, admitEach, awaitsAdmission, wantsOtherNodes } from '../core/job/admission.js';
import type { Prepared } from '../core/job/reconcile.js';
import type { Seen, SwarmWorld } from '../core/model/world.js';
import type { Swarm } from '../ports/swarm.js';
import { finishInTurns, type Turns } from '../shared/turns.js';

/** Decides for all jobs at once which of them may start. What others reserve is read only when a job is to be admitted. */
export async function admit(
  prepared: readonly Prepared[],
  world: SwarmWorld,
  { swarm, turns }: { readonly swarm: Swarm; readonly turns: Turns },
): Promise<Seen<Admissions>> {
  turns.begin();
  const jobs = prepared.filter(mayHoldOrAsk);
  if (!jobs.some(job => awaitsAdmission(job) || wantsOtherNodes(job.record, world.nodes)))
    return { ok: true, value: new Map() };
  const others = await swarm.reservations();
  if (!others.ok) return others;
  turns.begin();
  const inputs = { jobs, swarm: world, others: others.value };
  return { ok: true, value: await finishInTurns(admitEach(inputs), turns) };
}

/** A job that has ended, as most have, holds no room and asks for none. */
function mayHoldOrAsk({ record, follows }: Prepared): boolean {
  const run = record.status.runs.at(-1);
  return follows !== undefined && (run?.outcome === undefined || follows.kind === 'start-run');
}
