import { stringify } from 'yaml';

/** A value as `-o json` or `-o yaml` prints it, with a newline at its end. */
export function objectText(value: unknown, format: 'json' | 'yaml'): string {
  // Long lines stay whole, and equal objects are written out each time: both are easier to read and to compare
  return format === 'json'
    ? `${JSON.stringify(value, undefined, 2)}\n`
    : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
