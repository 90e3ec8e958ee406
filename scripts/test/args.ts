import { parseArgs } from 'node:util';
import { PLACES, type Place, SUITES, type Suite } from './model/suites.js';

export const USAGE = `usage: npm test -- [FILE|FOLDER…] [--grep TEXT] [options]

  FILE, FOLDER     only these, whatever suite their tests belong to
  --grep TEXT      only tests whose full title contains TEXT, or matches it as a regular expression; of any suite
  --suite SUITE    ${SUITES.join(', ')}; what is not given by files or --grep is chosen by it (default: test)
  --only PLACE     ${PLACES.join(', ')}: only tests that need this
  --lanes N        so many clusters side by side, 1 to 4 (default: 1, for --suite full 2)
  --cluster NAME   1 to 8 letters; runs with different names may be under way at once (default: test)
  --keep           leave the clusters running, so that you can inspect them
  --write          put the table of real faults into the docs
`;

export interface Args {
  readonly files: readonly string[];
  /** Undefined: all suites, because files or titles were given. */
  readonly suite: Suite | undefined;
  readonly grep: string | undefined;
  readonly only: Place | undefined;
  readonly lanes: number;
  readonly cluster: string;
  readonly keep: boolean;
  readonly write: boolean;
}

const MOST_LANES = 4;

/** Throws, in a sentence for people, where the words make no sense. */
export function readArgs(argv: readonly string[]): Args {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      suite: { type: 'string' },
      only: { type: 'string' },
      grep: { type: 'string' },
      lanes: { type: 'string' },
      cluster: { type: 'string', default: 'test' },
      keep: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const { cluster, keep, write } = values;
  if (!/^[a-z]{1,8}$/.test(cluster))
    throw new Error(`--cluster must be 1 to 8 letters a to z, got "${cluster}"`);
  const files = positionals.map(path => path.replace(/^\.\//, '').replace(/\/+$/, ''));
  const isNarrowed = files.length > 0 || values.grep !== undefined;
  const given = values.suite === undefined ? undefined : oneOf('--suite', SUITES, values.suite);
  const suite = given ?? (isNarrowed ? undefined : 'test');
  const only = values.only === undefined ? undefined : oneOf('--only', PLACES, values.only);
  const lanes = values.lanes === undefined ? (suite === 'full' ? 2 : 1) : laneCount(values.lanes);
  return { files, suite, grep: values.grep, only, lanes, cluster, keep, write };
}

function oneOf<T extends string>(option: string, allowed: readonly T[], given: string): T {
  const found = allowed.find(one => one === given);
  if (found === undefined) throw new Error(`${option} must be one of ${allowed.join(', ')}, got "${given}"`);
  return found;
}

function laneCount(text: string): number {
  const lanes = Number(text);
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > MOST_LANES)
    throw new Error(`--lanes must be a whole number from 1 to ${MOST_LANES}, got "${text}"`);
  return lanes;
}
