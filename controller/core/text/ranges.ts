/**
 * `0-3,8` or, in steps, `0-12/4`: numbers in ascending order with runs drawn together, so that hundreds of thousands of
 * ranks fit into a few bytes.
 */
export function ranges(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] ?? 0;
    const step = (sorted[at + 1] ?? first) - first;
    let end = at + 1;
    while (end < sorted.length && (sorted[end] ?? 0) - (sorted[end - 1] ?? 0) === step) end += 1;
    const last = sorted[end - 1] ?? first;
    if (step === 1) parts.push(`${first}-${last}`);
    else if (end - at > 2) parts.push(`${first}-${last}/${step}`);
    else {
      parts.push(String(first));
      end = at + 1;
    }
    at = end;
  }
  return parts.join(',');
}

/** The numbers of {@link ranges}; undefined for any other text, and for more than `most` numbers. */
export function parseRanges(text: string, most = 1_000_000): readonly number[] | undefined {
  if (text === '') return [];
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,7})(?:-(\d{1,7})(?:\/(\d{1,7}))?)?$/.exec(part);
    if (!match) return undefined;
    const [first, last, step] = [Number(match[1]), Number(match[2] ?? match[1]), Number(match[3] ?? 1)];
    if (last < first || step < 1 || (last - first) / step + numbers.length >= most) return undefined;
    for (let n = first; n <= last; n += step) numbers.push(n);
  }
  return numbers;
}
