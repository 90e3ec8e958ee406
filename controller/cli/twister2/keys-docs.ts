import { FIELDS, type FieldKey, SETTING_KEYS, type SettingKey } from './keys.js';
import { IGNORED, PASSED, READ_BY_STARTER } from './other-keys.js';

/** The tables of keys in docs/reference/twister2.md, in Markdown. */
export function keysDocs(): string {
  const fields: readonly FieldKey[] = Object.values(FIELDS);
  const settings: readonly SettingKey[] = Object.values(SETTING_KEYS);
  return [
    ...table(
      ['key', 'becomes', 'remark'],
      fields.map(key => [spellings(key.names), code(key.field), fieldRemark(key)]),
    ),
    '',
    'Settings of the controller, which the import writes as a comment at the head of the manifest:',
    '',
    ...table(
      ['key', 'setting', 'remark'],
      settings.map(({ names, setting, remark = '' }) => [spellings(names), code(setting), remark]),
    ),
    '',
    `Passed on in \`spec.configuration\`, for the program that reads them: ${spellings(PASSED, ', ')}.`,
    ...[...READ_BY_STARTER]
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => `${code(from)} is written ${code(to)} there.`),
    '',
    'Ignored, with a message:',
    '',
    ...table(
      ['key', 'why'],
      IGNORED.map(({ names, why }) => [spellings(names), why]),
    ),
  ].join('\n');
}

function fieldRemark({ remark, job }: FieldKey): string {
  return [job ? 'in the file of `--job`' : '', remark ?? ''].filter(text => text !== '').join('; ');
}

function spellings(names: readonly string[], between = '<br>'): string {
  return names.map(code).join(between);
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map(cells =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |'),
  );
}
