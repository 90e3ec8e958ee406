import { InvalidArgumentError } from 'commander';
import { parseRanges } from '../core/text/ranges.js';
import { parseDuration } from '../settings/duration.js';

// Each throws what commander says of a wrong value

/** Ranks such as 3 or 0-3,7, behind those of the same option before. */
export function rankNumbers(text: string, before: readonly number[] = []): readonly number[] {
  const numbers = parseRanges(text);
  if (numbers && numbers.length > 0) return [...before, ...numbers];
  throw new InvalidArgumentError('expected ranks such as 3 or 0-3,7');
}

export function lineCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of lines');
}

/** Milliseconds. */
export function duration(text: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('expected a duration such as 90s');
}

/** From 1. */
export function runNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected the number of a run, from 1');
}
