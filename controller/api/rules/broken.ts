import { dotted, type Path, show } from '../types/text.js';

/** A rule that a manifest does not keep. */
export interface Broken {
  readonly path: Path;
  /** Complete: names the field. */
  readonly message: string;
}

/** @param message what follows the name of the field: `must be …, got …` */
export function broken(path: Path, message: string): Broken {
  return { path, message: `${dotted(path)} ${message}` };
}

/** One for every value that is in the list before; `field` is what of the list's objects the values are. */
export function repeated(
  values: readonly (string | number)[],
  path: Path,
  field?: string,
): readonly Broken[] {
  const first = new Map<string | number, number>();
  return values.flatMap((value, i) => {
    const before = first.get(value);
    if (before === undefined) first.set(value, i);
    const at = (index: number): Path => [...path, index, ...(field === undefined ? [] : [field])];
    return before === undefined ? [] : [broken(at(i), `repeats ${dotted(at(before))}, got ${show(value)}`)];
  });
}
