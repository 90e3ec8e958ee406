import type { Command } from '../model/command.js';
import { launcherName } from '../model/names.js';
import type { JobRecord, RunStatus } from '../model/record.js';
import { endedFor } from '../model/waiting.js';
import { cleanupScope, removeRun } from '../plan/cleanup.js';
import { storeOutput } from '../plan/store-output.js';
import { withEvent } from '../status/status.js';
import type { JobInputs } from './inputs.js';

export interface Settlement {
  /** Every run has its outcome, its output is stored, and what is not kept of it is gone. */
  readonly settled: boolean;
  readonly commands: readonly Command[];
}

/** What is left to do for runs that have ended: store their output, then remove what is not kept. */
export function settlement(inputs: JobInputs, record: JobRecord): Settlement {
  const parts = record.status.runs.map(run => settleRun(inputs, record, run));
  const commands = [...parts.flatMap(part => part.commands), ...forgottenRuns(inputs, record)];
  return { settled: commands.length === 0 && parts.every(part => part.settled), commands };
}

/** The record with an event where its launcher, which the clean-up policy keeps, goes because too many are kept. */
export function withLauncherGone(
  record: JobRecord,
  { commands }: Settlement,
  { world, now }: JobInputs,
): JobRecord {
  const run = record.status.runs.at(-1);
  if (!run || !world.surplus.has(run.id)) return record;
  const goes = commands.some(one => one.do === 'remove-service' && one.name === launcherName(run.id));
  const reason = 'LauncherRemoved';
  if (!goes || record.status.events.some(event => event.run === run.number && event.reason === reason))
    return record;
  const message = `run ${run.number}: the ended launcher is removed, as keepLaunchers keeps fewer than there are; output and status stay`;
  return withEvent(record, { at: now, type: 'Normal', reason, message });
}

/** Removes the stored outputs of a job that is to be forgotten. */
export function removeOutputs({ world: { stored } }: JobInputs, record: JobRecord): readonly Command[] {
  // A list may be old, and it does not have what is being stored just now
  const outputs = record.status.runs.filter(
    ({ id, startedAt, output }) => stored.has(id) || (startedAt !== undefined && !output?.removed),
  );
  return outputs.map(({ id }) => ({ do: 'remove-output', run: id }));
}

function settleRun(inputs: JobInputs, record: JobRecord, run: RunStatus): Settlement {
  if (run.outcome === undefined) return { settled: false, commands: [] };
  const deleted = inputs.manifest.kind === 'removed';
  const store = deleted ? 'stored' : storeOutput(run, inputs.world, endedFor(record, run, inputs));
  // Output that arrives later keeps the run unsettled, although there's nothing to do for it now
  if (store !== 'stored') return { settled: false, commands: store };
  const { swarm, runIds, surplus } = inputs.world;
  const scope = cleanupScope(record, run, { now: inputs.now, deleted, surplus: surplus.has(run.id) });
  const expired = run.output?.removed !== undefined && inputs.world.stored.has(run.id);
  const commands = [
    ...removeRun({ swarm, runIds }, run.id, scope),
    ...(expired ? [{ do: 'remove-output', run: run.id } as const] : []),
  ];
  return { settled: commands.length === 0, commands };
}

/** Runs of this job of which something is left but that its record no longer lists. */
function forgottenRuns({ world }: JobInputs, record: JobRecord): readonly Command[] {
  const { swarm, runIds, stored, leftovers } = world;
  const listed = new Set(record.status.runs.map(run => run.id));
  const forgotten = (leftovers.get(record.uid) ?? []).filter(run => !listed.has(run));
  return forgotten.flatMap((run): readonly Command[] => [
    ...removeRun({ swarm, runIds }, run, 'nothing'),
    ...(stored.has(run) ? [{ do: 'remove-output', run } as const] : []),
  ]);
}
