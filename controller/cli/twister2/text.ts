import { stringify } from 'yaml';
import type { Problem } from '../../api/manifest/manifests.js';
import type { SettingName } from '../../settings/settings.js';
import { SETTINGS } from '../../settings/settings.js';
import type { Entry } from './conf.js';
import { SETTING_KEYS, type SettingId } from './keys.js';
import { noteOn, type SortedKeys } from './sort-keys.js';
import { scalar, whole, wrong } from './values.js';

export interface ImportedSettings {
  /** As the controller's configuration file should say them. */
  readonly values: Readonly<Partial<Record<SettingName, string>>>;
  readonly notes: readonly Problem[];
}

/** The settings that correspond; throws a CommandError for a value that the controller would refuse. */
export function settingsOf({ settings }: SortedKeys): ImportedSettings {
  const values: Partial<Record<SettingName, string>> = {};
  for (const id of Object.keys(SETTING_KEYS) as SettingId[]) {
    const entry = settings[id];
    if (entry) values[SETTING_KEYS[id].setting] = settingText(id, entry);
  }
  const { servers } = settings;
  const local = servers !== undefined && /(^|,)\s*(localhost|127\.)/.test(scalar(servers));
  return { values, notes: local ? [noteOn(servers, LOCAL)] : [] };
}

const LOCAL =
  'names this machine, which containers do not reach by that name: give its address, or leave the setting out, and mpiswarm ' +
  'starts a ZooKeeper';

function settingText(id: SettingId, entry: Entry): string {
  if (id === 'failureTimeout') {
    const ms = whole(entry);
    return ms >= LEAST_MS ? `${ms}ms` : wrong(entry, `at least ${LEAST_MS}`);
  }
  const text = scalar(entry).replaceAll(/\s/g, '');
  const { type } = SETTINGS[SETTING_KEYS[id].setting];
  return type.kind === 'text' && !type.pattern.test(text) ? wrong(entry, type.expected) : text;
}

/** The least that the setting sessionTimeout takes, in milliseconds. */
const LEAST_MS = 1_000;

/** The manifest as a file, with the settings that go with it as a comment at its head, as a manifest cannot have them. */
export function manifestText(manifest: object, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `#   ${name}: ${value}`);
  const head = [
    '# Imported from a configuration of Twister2.',
    ...(lines.length === 0 ? [] : [SETTINGS_HEAD, ...lines]),
  ];
  return `${head.join('\n')}\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const SETTINGS_HEAD =
  '# These go into the configuration file of `mpiswarm up`, ~/.config/mpiswarm/config.yaml where nothing else is said:';
