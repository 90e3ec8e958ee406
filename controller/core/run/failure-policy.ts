import type { FailureRule, MPIJob } from '../../api/types/mpijob.js';
import type { RunStatus } from '../model/record.js';

/** What follows a failed run, and the rule that says so, where one does. */
export interface FailureAction {
  readonly action: FailureRule['action'];
  /** Where the rule is in the manifest; absent: none matched, so the run counts. */
  readonly rule?: string;
}

/**
 * The first rule of `runPolicy.failurePolicy` that matches a failed run. As in Kubernetes (podFailurePolicy), code 0
 * matches none. Of a run that lost a worker the code only tells how mpirun took it, so no rule is for it.
 */
export function failureAction(job: MPIJob, run: RunStatus): FailureAction {
  const { exitCode, reason } = run;
  const rules = job.spec.runPolicy.failurePolicy?.rules ?? [];
  if (exitCode === undefined || exitCode === 0 || reason === 'WorkerLost') return { action: 'Count' };
  const at = rules.findIndex(({ onExitCodes: { operator, values } }) =>
    operator === 'In' ? values.includes(exitCode) : !values.includes(exitCode),
  );
  const rule = rules[at];
  return rule
    ? { action: rule.action, rule: `spec.runPolicy.failurePolicy.rules[${at}]` }
    : { action: 'Count' };
}
