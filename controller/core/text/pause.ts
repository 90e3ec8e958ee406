/**
 * Whether what failed is left alone for now. A clock that was set back must not make the pause longer than it ever is.
 * @param until when the pause was to end; all in milliseconds.
 */
export function isPaused(until: number, now: number, longestMs: number): boolean {
  const left = until - now;
  return left > 0 && left <= longestMs;
}
