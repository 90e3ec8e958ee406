import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorMessage } from '../../../controller/shared/error-message.js';

/**
 * Compares the files of the agent's volume with `SHA256SUMS` in it (the format of sha256sum(1)).
 * @returns one line for each file that is missing or differs; empty when the volume is as it was made.
 */
export async function volumeFaults(folder: string): Promise<readonly string[]> {
  let sums: string;
  try {
    sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8');
  } catch (error) {
    return [`read ${join(folder, 'SHA256SUMS')}: ${errorMessage(error)}`];
  }
  const expected = sums.split('\n').flatMap(line => {
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ sum: match[1], name: match[2] }];
  });
  if (expected.length === 0) return [`${join(folder, 'SHA256SUMS')} names no file`];
  const faults = await Promise.all(
    expected.map(async ({ sum, name }) => {
      const actual = await sha256(join(folder, name));
      return actual === sum ? [] : [`${name}: expected sha256 ${sum}, got ${actual}`];
    }),
  );
  return faults.flat();
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
    return hash.digest('hex');
  } catch (error) {
    return errorMessage(error);
  }
}
