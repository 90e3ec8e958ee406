/**
 * Which test belongs to which suite. Tags in a test's full title say when it runs, its file's path says what it needs;
 * docs/reference/testing.md explains both.
 */
export const SUITES = ['test', 'full', 'nightly'] as const;
/** `test` is `npm test`, `full` is `npm run test:full`, `nightly` is `npm run test:nightly`. */
export type Suite = (typeof SUITES)[number];

export const PLACES = ['unit', 'simulation', 'machine', 'cluster'] as const;
/**
 * What a test file needs: nothing but Node; all cores for minutes; engines, ZooKeeper, sshd or mpirun of its own on
 * this machine; or the swarm of three nodes that the runner starts.
 */
export type Place = (typeof PLACES)[number];

export interface ListedTest {
  /** Path below the project, like `test/core/model/names.test.ts`. */
  readonly file: string;
  /** With the titles of everything around it. */
  readonly title: string;
}

export interface Wanted {
  /** All suites when not given. */
  readonly suite?: Suite;
  /** A part of the full title, or a regular expression for it. */
  readonly grep?: string;
  /** Whether the image that tests tagged `@java` need is there; without it they belong to `full`. */
  readonly javaImage: boolean;
}

/** `@always` marks a check of what the tests before it left behind: it runs wherever another test of its file does. */
export const TAGS = ['full', 'nightly', 'java', 'always'] as const;

/** The tags of a title, also those that do not exist. */
export function tagsOf(title: string): readonly string[] {
  return [...title.matchAll(/(?<=^|\s)@([a-z]+)(?=\s|$)/g)].map(([, tag = '']) => tag);
}

export function placeOf(file: string): Place {
  if (file.startsWith('test/e2e/')) return 'cluster';
  if (file.endsWith('.sim.test.ts')) return 'simulation';
  return file.endsWith('.real.test.ts') ? 'machine' : 'unit';
}

/** First match wins. */
export function suiteOf(title: string, javaImage: boolean): Suite {
  const tags = tagsOf(title);
  if (tags.includes('nightly')) return 'nightly';
  if (tags.includes('full')) return 'full';
  // Its image is large and takes minutes to build, too long for `npm test`.
  if (tags.includes('java') && !javaImage) return 'full';
  return 'test';
}

/** The tests that are wanted, in the order in which they were given. */
export function choose<T extends ListedTest>(
  tests: readonly T[],
  { suite, grep, javaImage }: Wanted,
): readonly T[] {
  const isAlways = ({ title }: T): boolean => suite !== undefined && tagsOf(title).includes('always');
  const isWanted = (test: T): boolean =>
    (suite === undefined || suiteOf(test.title, javaImage) === suite) &&
    (grep === undefined || matches(test.title, grep));
  const chosen = new Set(tests.filter(test => !isAlways(test) && isWanted(test)));
  const files = new Set([...chosen].map(({ file }) => file));
  return tests.filter(test => chosen.has(test) || (isAlways(test) && files.has(test.file)));
}

/**
 * A title can be pasted as it is, brackets and all; what is not a part of the title is tried as a regular expression.
 */
function matches(title: string, grep: string): boolean {
  if (title.includes(grep)) return true;
  try {
    return new RegExp(grep).test(title);
  } catch {
    // Not a regular expression, so nothing but the text itself is meant.
    return false;
  }
}
