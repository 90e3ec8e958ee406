export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('a median needs at least 1 value, got 0');
  return (low + high) / 2;
}

export interface Ratio {
  readonly value: number;
  /** Of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export type Pair = readonly [a: number, b: number];

const SAMPLES = 10_000;

/**
 * Ratio of the medians of both sides, with the interval that holds 95 % of the ratios of resampled pairs (percentile
 * bootstrap; pairs are drawn whole, because both of a pair met the same moment of the machine). Equal pairs give an
 * equal interval: the seed is fixed.
 */
export function ratioOfMedians(pairs: readonly Pair[]): Ratio {
  const ratio = (some: readonly Pair[]) => median(some.map(([a]) => a)) / median(some.map(([, b]) => b));
  const random = mulberry32(20_240_501);
  const draw = (): Pair => pairs[Math.floor(random() * pairs.length)] ?? [Number.NaN, Number.NaN];
  const ratios = Array.from({ length: SAMPLES }, () => ratio(pairs.map(draw))).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.floor(share * (SAMPLES - 1))] ?? Number.NaN;
  return { value: ratio(pairs), low: at(0.025), high: at(0.975) };
}

/** A small generator of numbers in [0, 1), the same for the same seed (Tommy Ettinger's Mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
