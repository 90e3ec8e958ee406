import { PHASES } from '../../controller/core/model/phase.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';

/** What a status may not do from one stored record to the next. Empty when all is well. */
export function statusFaults(before: JobRecord | undefined, after: JobRecord): readonly string[] {
  return [...alone(after), ...(before && before.uid === after.uid ? between(before, after) : [])].map(
    fault => `status of ${after.key}: ${fault}`,
  );
}

function alone({ status, generation }: JobRecord): readonly string[] {
  const run = status.runs.at(-1);
  return [
    ...fault(status.observedGeneration > generation, 'observedGeneration passes generation'),
    ...fault(!PHASES.includes(status.phase), `${status.phase} is no phase`),
    ...fault(status.phase === 'done' && status.outcome === undefined, 'done without an outcome'),
    ...fault(status.phase !== 'done' && status.outcome !== undefined, 'an outcome before it is done'),
    ...fault(status.phase === 'running' && run === undefined, 'running without a run'),
    ...fault(
      run?.outcome === undefined && run?.startedAt !== undefined && status.phase !== 'running',
      `run ${run?.number} has started and is ${status.phase}`,
    ),
    ...status.runs.flatMap((one, at) =>
      fault(at > 0 && one.number !== (status.runs[at - 1]?.number ?? 0) + 1, 'runs are not consecutive'),
    ),
    ...status.runs
      .slice(0, -1)
      .flatMap(one =>
        fault(one.outcome === undefined, `run ${one.number} is not the last and has no outcome`),
      ),
  ];
}

function between(before: JobRecord, after: JobRecord): readonly string[] {
  const [old, now] = [before.status, after.status];
  const sameSpec = JSON.stringify(before.manifest) === JSON.stringify(after.manifest);
  const sameRun = old.runs.at(-1)?.number === now.runs.at(-1)?.number;
  return [
    ...fault(after.generation < before.generation, 'generation falls'),
    ...fault(now.observedGeneration < old.observedGeneration, 'observedGeneration falls'),
    ...fault(
      (now.runs.at(-1)?.number ?? 0) < (old.runs.at(-1)?.number ?? 0),
      'the last run is older than it was',
    ),
    ...fault(
      old.phase === 'done' && now.phase !== 'done' && sameSpec && sameRun,
      `done becomes ${now.phase} although nothing was asked`,
    ),
    ...fault(
      old.phase === 'done' && sameSpec && sameRun && old.outcome !== now.outcome,
      `outcome ${old.outcome} becomes ${now.outcome}`,
    ),
    ...old.runs.flatMap(run => {
      const later = now.runs.find(one => one.number === run.number);
      return later ? runFaults(run, later) : [];
    }),
  ];
}

function runFaults(old: RunStatus, now: RunStatus): readonly string[] {
  const name = `run ${old.number}`;
  const moved = (field: 'outcome' | 'startedAt' | 'endedAt' | 'generation' | 'id') =>
    fault(
      old[field] !== undefined && old[field] !== now[field],
      `${name}: ${field} ${old[field]} becomes ${now[field]}`,
    );
  const phases = PHASES.filter(phase => old.phases[phase] !== undefined);
  return [
    ...moved('outcome'),
    ...moved('startedAt'),
    ...moved('endedAt'),
    ...moved('generation'),
    ...moved('id'),
    ...phases.flatMap(phase =>
      fault(old.phases[phase] !== now.phases[phase], `${name}: the time of ${phase} moves`),
    ),
  ];
}

function fault(holds: boolean, words: string): readonly string[] {
  return holds ? [words] : [];
}
