import { withDefaults } from '../../api/rules/validate.js';
import { withoutDefaults } from '../../api/rules/without-defaults.js';
import { LADDER, PHASES } from '../model/phase.js';
import type { Condition, JobEvent, JobRecord, RunStatus, WorkerStatus } from '../model/record.js';
import { canonical } from '../text/digest.js';

/**
 * A record as it is stored once its job has ended: without what follows from the rest. There may be very many of them, and a version that does
 * not know this form reads the same job with fewer details.
 */
export interface StoredRecord extends JobRecord {
  readonly brief?: {
    /** When each of the {@link usualConditions} came about. */
    readonly times: readonly number[];
    readonly workers: readonly BriefWorker[];
  };
}

type BriefWorker = readonly [
  ...[
    node: string,
    address: string,
    state: string,
    ssh: WorkerStatus['ssh'],
    registered: 0 | 1,
    ranks: string,
  ],
  ...more: readonly [] | readonly [group: string | null, message?: string],
];

/** The record to be stored; the same one where the job goes on, or where anything about it is unusual. */
export function brief(record: JobRecord): StoredRecord {
  const { status } = record;
  if (status.phase !== 'done' || status.outcome === undefined) return record;
  const usual = usualConditions(record);
  const found = usual.map(({ type }) => status.conditions.find(one => one.type === type));
  const known = new Set(usual.map(({ type }) => type));
  const events = usualEvents(record).map(event => canonical(event));
  const short: StoredRecord = {
    ...record,
    manifest: withoutDefaults(record.manifest),
    status: {
      ...status,
      conditions: status.conditions.filter(({ type }) => !known.has(type)),
      workers: [],
      events: status.events.filter(event => !events.includes(canonical(event))),
    },
    brief: {
      times: found.map(one => one?.lastTransitionTime ?? 0),
      workers: status.workers.map(briefWorker),
    },
  };
  return canonical(inFull(short)) === canonical(record) ? short : record;
}

/** The record that was stored, with all that was left out. */
export function inFull({ brief: left, ...record }: StoredRecord): JobRecord {
  if (!left) return record;
  const { status } = record;
  const full = { ...record, manifest: withDefaults(record.manifest) };
  const usual = usualConditions(full).map((one, at) => ({ ...one, lastTransitionTime: left.times[at] ?? 0 }));
  const [first, ...others] = status.conditions;
  return {
    ...full,
    status: {
      ...status,
      conditions: [...(first ? [first] : []), ...usual, ...others],
      workers: left.workers.map(fullWorker),
      events: inOrder([...usualEvents(full), ...status.events]),
    },
  };
}

/** Those that a job has which went up the ladder and ended, without their times. */
function usualConditions({ status }: JobRecord): readonly Omit<Condition, 'lastTransitionTime'>[] {
  const { outcome, reason = 'Unknown', message = '' } = status;
  const not = (type: string, why: 'NotSuspended' | 'NotRunning') =>
    ({ type, status: 'False', reason: why, message: '' }) as const;
  const climbed = LADDER.map(
    ({ condition }) => ({ type: condition, status: 'True', reason: condition, message: '' }) as const,
  );
  const ended = outcome === 'Succeeded' || outcome === 'Failed';
  return [
    not('Suspended', 'NotSuspended'),
    not('Running', 'NotRunning'),
    ...climbed,
    ...(ended ? [{ type: outcome, status: 'True', reason, message } as const] : []),
  ];
}

/** That a run reached its rungs. */
function usualEvents({ status }: JobRecord): readonly JobEvent[] {
  return status.runs.flatMap(({ number, phases }: RunStatus) =>
    PHASES.slice(PHASES.indexOf('imaged'), PHASES.indexOf('done')).flatMap(phase => {
      const at = phases[phase];
      const message = `run ${number}: ${phase}`;
      const event = { type: 'Normal', reason: 'PhaseReached', message, count: 1, run: number } as const;
      return at === undefined ? [] : [{ at, ...event }];
    }),
  );
}

function inOrder(events: readonly JobEvent[]): readonly JobEvent[] {
  return [...events].sort((a, b) => a.at - b.at || a.run - b.run);
}

function briefWorker({
  node,
  address,
  state,
  ssh,
  registered,
  ranks,
  group,
  message,
}: WorkerStatus): BriefWorker {
  const always = [node, address, state, ssh, registered ? 1 : 0, ranks] as const;
  if (message !== undefined) return [...always, group ?? null, message];
  return group === undefined ? always : [...always, group];
}

function fullWorker(worker: BriefWorker, index: number): WorkerStatus {
  const [node, address, state, ssh, registered, ranks, group, message] = worker;
  return {
    index,
    ...(group === undefined || group === null ? {} : { group }),
    ...{ node, address, state, ssh, registered: registered === 1, ranks },
    ...(message === undefined ? {} : { message }),
  };
}
