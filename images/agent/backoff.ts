/** The pause before try `tries + 1`, in milliseconds: `first` doubled per try, never above `most`. */
export function backoff(tries: number, first: number, most: number): number {
  return Math.min(most, first * 2 ** Math.min(tries - 1, 30));
}
