export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** One press of Ctrl-C arrives more than once: from the terminal, and from npm, which passes it on. */
const SAME_PRESS_MS = 1_000;

/**
 * A signal that is aborted by Ctrl-C, SIGTERM, or the terminal's end, so that what was made can be removed. A second
 * Ctrl-C ends the process at once.
 * @param hint how to remove what is left then.
 */
export function untilInterrupted(say: (line: string) => void, hint = ''): AbortSignal {
  const interrupted = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      say('\ninterrupted: cleaning up; Ctrl-C again ends at once without that');
      interrupted.abort(new Interrupted('interrupted'));
    } else if (now - first > SAME_PRESS_MS) {
      say(`ended at once without clean-up${hint}`);
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return interrupted.signal;
}
