import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from '../znodes/records.js';

/** The identity of this process. Fields that the kernel hides are absent. */
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
    // Not Linux, or /proc is hidden: other processes treat this one as remote
    return { pid };
  }
}

/** True if the process has certainly ended. False also if unknown, as for a process on another machine. */
export function hasEnded({ pid, machine, startedAt }: ProcessIdentity, self = thisProcess()): boolean {
  if (machine === undefined || machine !== self.machine) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other error, such as EPERM, means that it exists
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const stat = statOf(pid);
  if (!stat) return false;
  // A zombie does nothing any more
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
