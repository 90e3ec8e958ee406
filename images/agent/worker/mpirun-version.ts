import { execFile } from 'node:child_process';
import { setPriority } from 'node:os';

/** The least pressing priority there is: ranks may be computing by now. */
const IDLE = 19;

/** First line of `mpirun --version`, or undefined when there's no answer within ten seconds. */
export function mpirunVersion(program: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const child = execFile(program, ['--version'], { timeout: 10_000 }, (error, stdout) => {
      const line = stdout.split('\n')[0]?.trim();
      resolve(error !== null || line === '' ? undefined : line);
    });
    if (child.pid === undefined) return;
    try {
      setPriority(child.pid, IDLE);
    } catch {
      // ended already, or not allowed: it is only a courtesy
    }
  });
}
