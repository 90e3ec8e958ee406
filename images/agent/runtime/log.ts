import { appendFileSync } from 'node:fs';

/** Writes one line of JSON per decision. Never given key material or an environment. */
export type Log = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/**
 * A log to `file` and, where `stderr` is set, to standard error too. A container that runs the command must not set
 * it: its standard error belongs to the user's program. A log that cannot be written costs lines, never the run.
 */
export function openLog(file: string, stderr: boolean): Log {
  return (event, fields = {}) => {
    const line = `${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`;
    try {
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // scratch is full or gone: the run matters more than its log
    }
    if (stderr) process.stderr.write(line);
  };
}
