import type { FailureRule, RunPolicy } from '../../api/types/mpijob.js';

/** `2 at most; none after exit code 2; always after exit code 137`; undefined: a failed run is never followed by another. */
export function retries({ backoffLimit, failurePolicy }: RunPolicy): string | undefined {
  if (backoffLimit === 0 && !failurePolicy) return undefined;
  const limit = backoffLimit === 0 ? 'none' : `${backoffLimit} at most`;
  return [limit, ...(failurePolicy?.rules ?? []).map(rule)].join('; ');
}

function rule({ action, onExitCodes }: FailureRule): string {
  const often = ({ FailJob: 'none', Ignore: 'always', Count: 'counted' } as const)[action];
  if (!onExitCodes) return `${often} after a disruption`;
  const { operator, values } = onExitCodes;
  const codes = `${values.length === 1 ? 'exit code' : 'exit codes'} ${values.join(', ')}`;
  return `${often} after ${operator === 'In' ? codes : `any but ${codes}`}`;
}

/** What happens while the launcher's node is not reachable; undefined: the job waits. */
export function unreachable({ unreachable: what, unreachableSeconds }: RunPolicy): string | undefined {
  return what === 'Kill'
    ? `the launcher ends the command after ${unreachableSeconds} s without ZooKeeper`
    : undefined;
}
