export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/** The pause after so many failures in a row, 1 or more: the first one, doubled with each, never above the longest. */
export function backoff(failures: number, { first, longest }: Pauses): number {
  return Math.min(first * 2 ** (failures - 1), longest);
}
