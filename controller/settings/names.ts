import { SETTINGS, type SettingName } from './settings.js';
import type { Host, Setting } from './types.js';

/** `--zookeeper-root` */
export function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

/** `MPISWARM_ZOOKEEPER_ROOT` */
export function variableOf(name: SettingName): string {
  return `MPISWARM_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`;
}

/** What a value of a setting looks like, as help texts and docs show it; undefined where the flag takes none. */
function placeholderOf({ type }: Setting): string | undefined {
  switch (type.kind) {
    case 'path':
      return 'PATH';
    case 'text':
      return type.placeholder;
    case 'port':
      return 'PORT';
    case 'duration':
      return 'DURATION';
    case 'count':
      return 'N';
    case 'size':
      return 'SIZE';
    case 'choice':
      return type.of.join('|');
    case 'switch':
      return undefined;
    default:
      return type satisfies never;
  }
}

/** `--tick DURATION`, or `--allow-prune-all` where the flag takes no value. */
export function flagUsage(name: SettingName, show = (value: string): string => value): string {
  const value = placeholderOf(SETTINGS[name]);
  return value === undefined ? flagOf(name) : `${flagOf(name)} ${show(value)}`;
}

/** What holds when nothing is given, as it would be written; undefined: the setting is absent. */
export function defaultOf({ default: standard }: Setting, host: Host): string | undefined {
  return typeof standard === 'object' ? standard.of(host) : standard;
}

/** The default as the docs say it. */
export function defaultWords({ default: standard, absent, usualVariable }: Setting): string {
  if (standard === undefined) return absent;
  const words = typeof standard === 'object' ? standard.words : `\`${standard}\``;
  return usualVariable === undefined ? words : `\`$${usualVariable}\`, else ${words}`;
}
