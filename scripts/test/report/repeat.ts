import type { Ended } from '../model/messages.js';
import { placeOf } from '../model/suites.js';

/** The command that runs this one test again, or what a hook belongs to; to be pasted into a shell. */
export function repeatCommand({ file, grep }: Pick<Ended, 'file' | 'grep'>): string {
  const script = placeOf(file) === 'unit' ? 'npm run test:unit --' : 'npm test --';
  return [script, quoted(file), ...(grep === '' ? [] : ['--grep', quoted(grep)])].join(' ');
}

/** As one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
