import { type Admissions, admissions, wantsOtherNodes, wantsRoom } from '../core/job/admission.js';
import { currentRecord, type ManifestState } from '../core/job/assess.js';
import type { JobRecord } from '../core/model/record.js';
import type { Seen } from '../core/model/world.js';
import { asksForRoom } from '../core/nodes/requests.js';
import type { Observation } from '../ports/observation.js';
import type { Swarm } from '../ports/swarm.js';

export interface AdmitInputs {
  readonly world: Observation;
  /** What the folder says of each job, but for those that are finished and at rest. */
  readonly states: ReadonlyMap<string, ManifestState>;
  readonly swarm: Swarm;
  readonly now: number;
}

/** Decides for all jobs at once which of them may start. What others reserve is read only when a job is to be admitted. */
export async function admit(inputs: AdmitInputs): Promise<Seen<Admissions>> {
  const { world, swarm, now } = inputs;
  const records = [...inputs.states].flatMap(([key, state]) => recordOf(inputs, key, state) ?? []);
  const { nodes } = world.swarm;
  const wants = (record: JobRecord) => wantsRoom(record, now) || wantsOtherNodes(record, nodes);
  if (!records.some(wants)) return { ok: true, value: new Map() };
  const others = await swarm.reservations();
  if (!others.ok) return others;
  return { ok: true, value: admissions({ records, swarm: world.swarm, others: others.value, now }) };
}

/** The record that a job is going to have, where it asks for room. */
function recordOf({ world, now }: AdmitInputs, key: string, state: ManifestState): JobRecord | undefined {
  const record = world.registry.jobs.get(key)?.record;
  if (state.kind === 'removed') return undefined;
  const job = state.kind === 'valid' ? state.manifest : record?.manifest;
  return job && asksForRoom(job) ? currentRecord({ record, manifest: state, uid: '', now }) : undefined;
}
