import { type Admissions, admissions, awaitsAdmission, wantsOtherNodes } from '../core/job/admission.js';
import type { Prepared } from '../core/job/reconcile.js';
import type { Seen, SwarmWorld } from '../core/model/world.js';
import type { Swarm } from '../ports/swarm.js';

/** Decides for all jobs at once which of them may start. What others reserve is read only when a job is to be admitted. */
export async function admit(
  prepared: readonly Prepared[],
  world: SwarmWorld,
  swarm: Swarm,
): Promise<Seen<Admissions>> {
  const jobs = prepared.filter(({ follows }) => follows !== undefined);
  if (!jobs.some(job => awaitsAdmission(job) || wantsOtherNodes(job.record, world.nodes)))
    return { ok: true, value: new Map() };
  const others = await swarm.reservations();
  if (!others.ok) return others;
  return { ok: true, value: admissions({ jobs, swarm: world, others: others.value }) };
}
