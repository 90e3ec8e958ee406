const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * Time passed, as kubectl shows ages: `5s`, `3m10s`, `2h`, `3d4h`
 * (k8s.io/apimachinery/pkg/util/duration, HumanDuration). A clock that went back counts as no time.
 */
export function age(ms: number): string {
  const passed = Math.max(0, ms);
  const whole = (unit: number, of = passed): number => Math.floor(of / unit);
  const two = (big: number, bigUnit: string, small: number, smallUnit: string): string => {
    const rest = whole(small, passed % big);
    return `${whole(big)}${bigUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
  };
  // First match wins
  if (passed < 2 * MINUTE) return `${whole(SECOND)}s`;
  if (passed < 10 * MINUTE) return two(MINUTE, 'm', SECOND, 's');
  if (passed < 3 * HOUR) return `${whole(MINUTE)}m`;
  if (passed < 8 * HOUR) return two(HOUR, 'h', MINUTE, 'm');
  if (passed < 2 * DAY) return `${whole(HOUR)}h`;
  if (passed < 8 * DAY) return two(DAY, 'd', HOUR, 'h');
  if (passed < 2 * YEAR) return `${whole(DAY)}d`;
  if (passed < 8 * YEAR) return two(YEAR, 'y', DAY, 'd');
  return `${whole(YEAR)}y`;
}

/** How long something took: `400 ms` below a second, `1.9 s` below a minute, and as {@link age} above. */
export function took(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < MINUTE ? `${(ms / SECOND).toFixed(1)} s` : age(ms);
}

/** `2026-11-23T12:03:04Z`, in UTC. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
