/** One line of apt's sources, or one combination of the lists in a deb822 stanza (sources.list(5)). */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

/** The archives that a suite is installed from. */
export interface DebianMirror {
  readonly main: string;
  /** Whether `<suite>-updates` is configured too. */
  readonly updates: boolean;
  /** Where security fixes come from; undefined when the machine has none configured. */
  readonly security?: string;
}

/** Sources of binary packages in the one-line format, as in `/etc/apt/sources.list`. Disabled lines are left out. */
export function parseSourcesList(text: string): readonly AptSource[] {
  return text.split('\n').flatMap(line => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, uri = '', suite = '', components = ''] = match;
    return [{ uri, suite, components: words(components) }];
  });
}

/** Sources of binary packages in the deb822 format, as in `/etc/apt/sources.list.d/*.sources`. */
export function parseDeb822(text: string): readonly AptSource[] {
  const lines = text.split('\n').filter(line => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap(stanza => {
      const field = (name: string): readonly string[] =>
        words(new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '');
      if (!field('Types').includes('deb') || field('Enabled')[0] === 'no') return [];
      const components = field('Components');
      return field('URIs').flatMap(uri => field('Suites').map(suite => ({ uri, suite, components })));
    });
}

const SUITES = [
  'bullseye',
  'bookworm',
  'trixie',
  'forky',
  'sid',
  'oldstable',
  'stable',
  'testing',
  'unstable',
];

/** Debian's own archive among the sources, for any release; undefined if it's missing. */
export function debianMirror(sources: readonly AptSource[]): DebianMirror | undefined {
  const withMain = sources.filter(({ components }) => components.includes('main'));
  const find = (...endings: readonly string[]): string | undefined =>
    withMain.find(({ suite }) => SUITES.some(name => endings.some(ending => suite === name + ending)))?.uri;
  const main = find('');
  if (main === undefined) return undefined;
  const security = find('-security', '/updates');
  const updates = find('-updates') !== undefined;
  return { main, updates, ...(security === undefined ? {} : { security }) };
}

/** `sources.list` of another suite on the same mirror. */
export function sourcesListFor(suite: string, mirror: DebianMirror): string {
  const lines = [`deb ${mirror.main} ${suite} main`];
  if (mirror.updates) lines.push(`deb ${mirror.main} ${suite}-updates main`);
  if (mirror.security !== undefined) lines.push(`deb ${mirror.security} ${suite}-security main`);
  return `${lines.join('\n')}\n`;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter(word => word !== '');
}
