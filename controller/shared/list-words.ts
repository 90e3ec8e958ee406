/**
 * The first few, and how many more there are, to be joined by the caller. A job may have hundreds of workers, and its record says the
 * same in several places, of each of its runs.
 * @param noun what each of them is about, in the singular.
 */
export function firstFew(
  all: readonly string[],
  { noun = '', shown = 3 }: { readonly noun?: string; readonly shown?: number } = {},
): readonly string[] {
  const more = all.length - shown;
  if (more <= 0) return all;
  const nouns = noun === '' ? '' : ` ${noun}${more === 1 ? '' : 's'}`;
  return [...all.slice(0, shown), `and ${more} more${nouns}`];
}

/**
 * Words in a sentence: `a`, `a and b`, `a, b and c`; of too many `a, b and 5 more`.
 * @param shown how many are named at most.
 */
export function listWords(
  words: readonly string[],
  { last = 'and', shown = words.length }: { readonly last?: 'and' | 'or'; readonly shown?: number } = {},
): string {
  const more = words.length > shown ? [`${words.length - shown} more`] : [];
  const all = [...words.slice(0, shown), ...more];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1)}`;
}
