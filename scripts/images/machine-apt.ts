import { readdir, readFile } from 'node:fs/promises';
import { command } from '../cluster/lib/command.js';
import { MissingRequirement } from '../cluster/requirements.js';
import {
  type AptSource,
  type DebianMirror,
  debianMirror,
  parseDeb822,
  parseSourcesList,
} from './apt-sources.js';

/** How this machine reaches Debian's archive. */
export interface MachineApt {
  readonly mirror: DebianMirror;
  /** `http_proxy` and the like, for commands and builds; never written into an image. */
  readonly proxy: Readonly<Record<string, string>>;
  /** This machine's apt settings on the age of archives, as lines for `apt.conf.d`. Signatures are always checked. */
  readonly freshness: readonly string[];
}

/** As {@link findMachineApt}, for what only a Debian machine can do. */
export async function machineApt(): Promise<MachineApt> {
  const found = await findMachineApt();
  if (found === undefined) {
    throw new MissingRequirement(
      'no Debian archive is in /etc/apt/sources.list or /etc/apt/sources.list.d of this machine; add one',
    );
  }
  return found;
}

/**
 * Reads apt's configuration. Undefined where there is no Debian archive in it, as on Ubuntu and Fedora. Throws where
 * the archive's address holds a password: that would end up in the image.
 */
export async function findMachineApt(): Promise<MachineApt | undefined> {
  const mirror = debianMirror(await sources());
  if (mirror === undefined) return undefined;
  for (const uri of [mirror.main, mirror.security]) {
    if (uri !== undefined && /\/\/[^/]*@/.test(uri)) {
      throw new Error(
        'the Debian archive that apt is set to has a password in its address, which an image must not hold; move it to /etc/apt/auth.conf',
      );
    }
  }
  const config = (await command(['apt-config', 'dump'])).stdout;
  return { mirror, proxy: proxy(config), freshness: freshness(config) };
}

async function sources(): Promise<readonly AptSource[]> {
  const dir = '/etc/apt/sources.list.d';
  const names = (await orEmpty(readdir(dir), [])).sort();
  const lists = names.filter(name => name.endsWith('.list')).map(name => `${dir}/${name}`);
  const found: AptSource[] = [];
  for (const file of ['/etc/apt/sources.list', ...lists])
    found.push(...parseSourcesList(await orEmpty(readFile(file, 'utf8'), '')));
  for (const name of names.filter(n => n.endsWith('.sources')))
    found.push(...parseDeb822(await readFile(`${dir}/${name}`, 'utf8')));
  return found;
}

async function orEmpty<T>(reading: Promise<T>, empty: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty;
    throw error;
  }
}

/** The proxies that apt is set to, else those of the environment. Without apt, `config` is empty. */
export function proxy(config: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const scheme of ['http', 'https']) {
    const name = `${scheme}_proxy`;
    const value = setting(config, `Acquire::${scheme}::Proxy`) ?? process.env[name];
    if (value !== undefined && value !== '' && value !== 'DIRECT') found[name] = value;
  }
  const none = process.env['no_proxy'];
  return none === undefined ? found : { ...found, no_proxy: none };
}

function freshness(config: string): readonly string[] {
  return ['Acquire::Check-Valid-Until', 'Acquire::Check-Date'].flatMap(name => {
    const value = setting(config, name);
    return value === undefined ? [] : [`${name} "${value}";`];
  });
}

function setting(config: string, name: string): string | undefined {
  return new RegExp(`^${name} "(.*)";$`, 'im').exec(config)?.[1];
}
