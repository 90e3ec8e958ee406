import type { Paint } from './paint.js';
import { table } from './text.js';

/** Sections are indented by so much. */
const INDENT = 2;

/** A table with a line of column names, for a section. */
export function titled(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  { paint, columns }: { readonly paint: Paint; readonly columns?: number },
): readonly string[] {
  const [head = '', ...lines] = table(
    [names, ...rows],
    3,
    columns === undefined ? undefined : columns - INDENT,
  );
  return [paint('dim', head), ...lines];
}
