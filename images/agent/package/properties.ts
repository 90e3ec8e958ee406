/**
 * A file that Java's `Properties.load` reads back as exactly these entries, in their order, as a stream or as a reader. ASCII alone:
 * `load(InputStream)` takes bytes for ISO 8859-1, so what is outside of ASCII is written as `\uXXXX`, one for each UTF-16 unit
 * (java.util.Properties, https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html).
 */
export function properties(entries: readonly (readonly [key: string, value: string])[]): string {
  return entries.map(([key, value]) => `${escapedKey(key)}=${escapedValue(value)}\n`).join('');
}

/** A key ends at the first white space, `=` or `:` that is not escaped. */
function escapedKey(key: string): string {
  return escaped(key).replaceAll(' ', '\\ ');
}

/** White space before a value is skipped; after its first other character it counts. */
function escapedValue(value: string): string {
  return escaped(value).replace(/^ /, '\\ ');
}

function escaped(text: string): string {
  return text
    .replace(/[\\=:#!]/g, '\\$&')
    .replace(/[\t\n\f\r]/g, found => CONTROLS[found] ?? found)
    .replace(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const CONTROLS: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };
