import { stripVTControlCharacters } from 'node:util';

/** Words from elsewhere on one line, without anything that could steer a terminal. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}
