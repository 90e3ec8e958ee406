import { dirname, resolve } from 'node:path';
import { readMemory } from '../api/types/quantity.js';
import { nearest } from '../api/types/text.js';
import { given } from '../shared/given.js';
import { type FileValue, readConfig } from './config-file.js';
import { parseDuration } from './duration.js';
import { defaultOf, flagOf, variableOf } from './names.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';
import type { Host, Setting } from './types.js';
import { UsageError } from './usage-error.js';

export interface SettingSources extends Host {
  readonly cwd: string;
  /** As given on the command line. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  /** `--config`. */
  readonly config?: string;
  /** Content of a file, or undefined where there is none. */
  readonly readText: (path: string) => Promise<string | undefined>;
}

/**
 * The settings that hold: flag, else environment, else configuration file, else default. Throws {@link UsageError} that
 * names where a bad value came from, but never the value of a secret.
 */
export async function loadSettings(sources: SettingSources): Promise<Settings> {
  checkVariables(sources.env);
  const file = await configFile(sources);
  const values: Partial<Record<SettingName, SettingValue>> = {};
  for (const name of SETTING_NAMES) {
    const found = find(name, sources, file?.values);
    if (!found) continue;
    const folder = found.place === undefined ? sources.cwd : dirname(file?.path ?? '');
    values[name] = parse(SETTINGS[name], found, folder);
  }
  const auth = await credential(values, sources);
  return { ...values, ...given({ zookeeperAuth: auth }) } as unknown as Settings;
}

type SettingValue = string | number | boolean;

interface Found {
  readonly text: string;
  /** How messages name the source: `--tick`, `MPISWARM_TICK`, `config.yaml:3: tick`, `default of tick`. */
  readonly origin: string;
  /** Only of values from the configuration file. */
  readonly place?: string;
}

function find(
  name: SettingName,
  sources: SettingSources,
  file?: ReadonlyMap<SettingName, FileValue>,
): Found | undefined {
  const flag = sources.flags[name];
  if (flag !== undefined) return { text: flag, origin: flagOf(name) };
  const variable = sources.env[variableOf(name)];
  // An empty variable is how a shell or a compose file leaves one out
  if (variable !== undefined && variable !== '') return { text: variable, origin: variableOf(name) };
  const line = file?.get(name);
  if (line) return { text: line.text, origin: `${line.place}: ${name}`, place: line.place };
  const { usualVariable } = SETTINGS[name];
  const usual = usualVariable === undefined ? undefined : sources.env[usualVariable];
  if (usual !== undefined && usual !== '') return { text: usual, origin: `$${usualVariable}` };
  const fallback = defaultOf(SETTINGS[name], sources);
  return fallback === undefined ? undefined : { text: fallback, origin: `default of ${name}` };
}

function parse({ type, secret }: Setting, { text, origin }: Found, folder: string): SettingValue {
  const refuse = (expected: string): never => {
    throw new UsageError(`${origin}: expected ${expected}${secret ? '' : `, got ${JSON.stringify(text)}`}`);
  };
  switch (type.kind) {
    case 'path':
      return text === '' ? refuse('a path') : resolve(folder, text);
    case 'text':
      return type.pattern.test(text) ? text : refuse(type.expected);
    case 'port': {
      const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
      return port >= 1 && port <= 65_535 ? port : refuse('a port from 1 to 65535');
    }
    case 'duration': {
      const ms = parseDuration(text);
      if (ms === undefined) return refuse('a duration such as 2s');
      return ms >= type.atLeastMs ? ms : refuse(`a duration of at least ${type.atLeastMs}ms`);
    }
    case 'count': {
      const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      const fits = count >= type.atLeast && count <= type.atMost;
      return fits ? count : refuse(`a number from ${type.atLeast} to ${type.atMost}`);
    }
    case 'size': {
      const bytes = readMemory(text);
      return bytes.ok ? bytes.value : refuse('a size of at least 4Mi, such as 512Mi or 10Gi');
    }
    case 'choice':
      return type.of.includes(text) ? text : refuse(type.of.join(', '));
    case 'switch':
      return text === 'true' || text === 'false' ? text === 'true' : refuse('true or false');
    default:
      return type satisfies never;
  }
}

async function configFile(sources: SettingSources) {
  const { env, home, cwd, readText } = sources;
  const named = sources.config ?? (env['MPISWARM_CONFIG'] || undefined);
  if (named !== undefined) {
    const path = resolve(cwd, named);
    const text = await readText(path);
    if (text !== undefined) return { path, values: readConfig(text, named) };
    throw new UsageError(
      `${sources.config === undefined ? 'MPISWARM_CONFIG' : '--config'}: no file ${named}`,
    );
  }
  const usual = ['/etc', env['XDG_CONFIG_HOME'] || `${home}/.config`].map(
    folder => `${folder}/mpiswarm/config.yaml`,
  );
  for (const path of usual) {
    const text = await readText(path);
    if (text !== undefined) return { path, values: readConfig(text, path) };
  }
  return undefined;
}

/** A misspelt variable would otherwise be a setting that silently does not hold. */
function checkVariables(env: SettingSources['env']): void {
  const known = [...SETTING_NAMES.map(variableOf), 'MPISWARM_CONFIG'];
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('MPISWARM_') || known.includes(name)) continue;
    const meant = nearest(name, known);
    if (meant !== undefined) throw new UsageError(`unknown variable ${name}, did you mean ${meant}?`);
  }
}

async function credential(
  values: Readonly<Partial<Record<SettingName, SettingValue>>>,
  { readText }: SettingSources,
): Promise<string | undefined> {
  const file = values.zookeeperAuthFile;
  if (typeof file !== 'string') return undefined;
  if (values.zookeeperAuth !== undefined) {
    throw new UsageError('zookeeperAuth and zookeeperAuthFile: expected one of the two, got both');
  }
  const text = (await readText(file))?.trim();
  if (text === undefined) throw new UsageError(`zookeeperAuthFile: no file ${file}`);
  return String(parse(SETTINGS.zookeeperAuth, { text, origin: `zookeeperAuthFile: ${file}` }, ''));
}
