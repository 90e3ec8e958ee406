const LONGEST = 60;

/** A value as a message shows it: JSON, at most 60 characters, never more than one line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** `spec.workers.env[0].name`; keys that are no plain words are put in brackets and quotes. */
export function dotted(path: readonly (string | number)[]): string {
  return path
    .map(step => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(step) && step.length <= LONGEST
        ? `.${step}`
        : `[${show(step)}]`;
    })
    .join('')
    .replace(/^\./, '');
}

/** A message about the field at `path`, or about the whole document. */
export function about(path: readonly (string | number)[], message: string): string {
  return `${path.length === 0 ? 'the document' : dotted(path)} ${message}`;
}

/** The candidate nearest to `word`, when it is near enough to have been meant; the first one of equals. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = candidates
    .map(candidate => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(entry => entry.distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Levenshtein's distance: single-character edits between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

export type Path = readonly (string | number)[];
