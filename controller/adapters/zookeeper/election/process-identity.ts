import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from '../znodes/records.js';

/** Of this process. Whatever the kernel does not tell is absent. */
export function thisProcess(): ProcessIdentity {
  const { pid } = process;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const startedAt = statOf(pid)?.startedAt;
    return {
      pid,
      machine: `${boot} ${readlinkSync('/proc/self/ns/pid')}`,
      ...(startedAt ? { startedAt } : {}),
    };
  } catch {
    // No Linux, or nothing of /proc to be seen: others take this process for one of another machine
    return { pid };
  }
}

/** The process has ended for certain. False also when that cannot be known, as of a process of another machine. */
export function hasEnded({ pid, machine, startedAt }: ProcessIdentity, self = thisProcess()): boolean {
  if (machine === undefined || machine !== self.machine) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other answer, not permitted for one, means that it is there
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const stat = statOf(pid);
  if (!stat) return false;
  // What waits for its parent to take note of its end does nothing any more
  return /[ZX]/.test(stat.state) || (startedAt !== undefined && stat.startedAt !== startedAt);
}

/** Fields 3 and 22 of proc_pid_stat(5); the name before them may hold blanks and brackets. */
function statOf(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', startedAt = ''] = [fields[0], fields[19]];
    return { state, startedAt };
  } catch {
    // Gone meanwhile, or hidden from this user
    return undefined;
  }
}
