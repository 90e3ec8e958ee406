/** Reads properties by the rules of `java.util.Properties.load`, as its documentation has them. */
export function loadProperties(text: string): Readonly<Record<string, string>> {
  const entries: (readonly [string, string])[] = [];
  for (const line of logicalLines(text)) {
    const [, key = '', value = ''] =
      /^((?:\\[\s\S]|[^\\ \t\f=:])*)(?:[ \t\f]*[=:]?[ \t\f]*)([\s\S]*)$/.exec(line) ?? [];
    entries.push([unescaped(key), unescaped(value)]);
  }
  return Object.fromEntries(entries);
}

/** Natural lines, joined where one ends with an odd number of backslashes; no blanks and no comments. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    if (open === undefined && (line === '' || /^[#!]/.test(line))) continue;
    const whole: string = (open ?? '') + line;
    const continues = (/\\*$/.exec(whole)?.[0].length ?? 0) % 2 === 1;
    open = continues ? whole.slice(0, -1) : undefined;
    if (!continues) lines.push(whole);
  }
  return lines;
}

const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_, what: string) =>
    what.length === 5 ? String.fromCharCode(Number.parseInt(what.slice(1), 16)) : (CONTROLS[what] ?? what),
  );
}
