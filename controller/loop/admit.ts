import { type Admissions, admitEach, awaitsAdmission, wantsOtherNodes } from '../core/job/admission.js';
import type { Prepared } from '../core/job/reconcile.js';
import type { Seen, SwarmWorld } from '../core/model/world.js';
import { needsAdmission } from '../core/nodes/requests.js';
import type { Swarm } from '../ports/swarm.js';
import { finishInTurns, type Turns } from '../shared/turns.js';

/** Decides for all jobs at once which of them may start. What others reserve is read only when a job is to be admitted. */
export async function admit(
  prepared: readonly Prepared[],
  world: SwarmWorld,
  { swarm, turns }: { readonly swarm: Swarm; readonly turns: Turns },
): Promise<Seen<Admissions>> {
  const jobs = prepared.filter(
    ({ record, follows }) => follows !== undefined && needsAdmission(record.manifest),
  );
  if (!jobs.some(job => awaitsAdmission(job) || wantsOtherNodes(job.record, world.nodes)))
    return { ok: true, value: new Map() };
  const others = await swarm.reservations();
  if (!others.ok) return others;
  turns.begin();
  const inputs = { jobs, swarm: world, others: others.value };
  return { ok: true, value: await finishInTurns(admitEach(inputs), turns) };
}
