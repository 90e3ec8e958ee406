import type { FailureRule, MPIJob } from '../../api/types/mpijob.js';
import type { RunStatus } from '../model/record.js';

/** What follows a failed run, and the rule that says so, where one does. */
export interface FailureAction {
  readonly action: FailureRule['action'];
  /** Where the rule is in the manifest; absent: none matched. */
  readonly rule?: string;
}

/**
 * The first rule of `runPolicy.failurePolicy` that matches a failed run. As in Kubernetes (podFailurePolicy), code 0
 * matches none. Of a run that a disruption ended, or that lost a worker, the code only tells how mpirun took it, so no rule on
 * exit codes is for it. Without a rule, it counts if it failed by itself.
 */
export function failureAction(job: MPIJob, run: RunStatus): FailureAction {
  const rules = job.spec.runPolicy.failurePolicy?.rules ?? [];
  const at = rules.findIndex(rule => matches(rule, run));
  const rule = rules[at];
  if (rule) return { action: rule.action, rule: `spec.runPolicy.failurePolicy.rules[${at}]` };
  return { action: run.disruption ? 'Ignore' : 'Count' };
}

function matches({ onExitCodes, onConditions }: FailureRule, run: RunStatus): boolean {
  const { exitCode, reason, disruption } = run;
  if (disruption) return onConditions?.includes('DisruptionTarget') === true;
  if (!onExitCodes || exitCode === undefined || exitCode === 0 || reason === 'WorkerLost') return false;
  return onExitCodes.values.includes(exitCode) === (onExitCodes.operator === 'In');
}
