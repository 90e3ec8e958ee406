const SHOWN = 3;

/**
 * What is told of so many: the first three, and how many more there are. A job may have hundreds of workers, and its record
 * tells the same in several places, of each of its runs.
 * @param noun what each of them is about, in the singular.
 */
export function firstFew(all: readonly string[], noun = ''): readonly string[] {
  const more = all.length - SHOWN;
  if (more <= 0) return all;
  const nouns = noun === '' ? '' : ` ${noun}${more === 1 ? '' : 's'}`;
  return [...all.slice(0, SHOWN), `and ${more} more${nouns}`];
}
