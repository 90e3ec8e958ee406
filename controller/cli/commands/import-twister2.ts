import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Problem } from '../../api/manifest/manifests.js';
import { formatProblem, parseManifests } from '../../api/manifest/parse.js';
import { CommandError } from '../../settings/usage-error.js';
import type { CliPorts } from '../context/ports.js';
import type { Output } from '../context/stdout-writer.js';
import { type Entry, readConf } from '../twister2/conf.js';
import { FIELDS, type FieldId } from '../twister2/keys.js';
import { draftManifest } from '../twister2/manifest.js';
import { type Fields, sortKeys } from '../twister2/sort-keys.js';
import { manifestText, settingsOf } from '../twister2/text.js';
import { scalar } from '../twister2/values.js';

export interface ImportFlags {
  readonly job?: string;
  readonly output?: string;
}

interface Outside {
  readonly ports: CliPorts;
  readonly out: Output;
  readonly err: Output;
}

/**
 * Writes the manifest that corresponds to a Twister2 configuration, and says what of it has no counterpart. Writes nothing
 * when something is wrong, and only a manifest that is valid.
 */
export async function importTwister2(
  folder: string,
  flags: ImportFlags,
  { ports, out, err }: Outside,
): Promise<number> {
  const files = await confFiles(folder, ports);
  const all = flags.job === undefined ? files : [...files, flags.job];
  const entries = (await Promise.all(all.map(file => entriesOf(file, ports)))).flat();
  const keys = sortKeys(entries);
  const jar = jarOf(keys.fields, flags, ports);
  const image = `mpiswarm/openmpi-java:${ports.version}`;
  const draft = draftManifest(keys, { image, ...(jar ? { packaged: jar.packaged } : {}) });
  const settings = settingsOf(keys);
  const text = manifestText(draft.manifest, settings.values);
  refuseInvalid(text, keys.fields);
  const notes = [...keys.notes, ...draft.notes, ...settings.notes].sort(byPlace(all));
  await err.lines(notes.map(formatProblem));
  const remarks = [...draft.remarks, ...(jar?.remark === undefined ? [] : [jar.remark])];
  await err.lines(remarks.map(remark => `mpiswarm: ${remark}`));
  if (flags.output === undefined) await out.write(text);
  else await ports.createFile(resolve(ports.cwd, flags.output), text);
  return 0;
}

/** As Twister2 from 0.2 on has it, what all clusters share and then what Mesos has besides; else the folder's own files. */
async function confFiles(folder: string, ports: CliPorts): Promise<readonly string[]> {
  const [own, ...parts] = await Promise.all(
    [folder, join(folder, 'common'), join(folder, 'mesos')].map(path => yamlFiles(path, ports)),
  );
  if (!own)
    throw new CommandError(`${folder}: no such folder, give the one that has client.yaml and resource.yaml`);
  const files = [...own, ...parts.flatMap(part => part ?? [])];
  if (files.length > 0) return files;
  throw new CommandError(
    `${folder}: no *.yaml in it, in common/ or in mesos/; is it a Twister2 configuration?`,
  );
}

async function yamlFiles(folder: string, ports: CliPorts): Promise<readonly string[] | undefined> {
  const names = await ports.readFolder(resolve(ports.cwd, folder));
  return names
    ?.filter(name => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

async function entriesOf(file: string, ports: CliPorts): Promise<readonly Entry[]> {
  const text = await ports.readText(resolve(ports.cwd, file));
  if (text === undefined) throw new CommandError(`${file}: no such file`);
  return readConf(text, file);
}

interface Jar {
  /** Below the manifest's own folder, as a package must be. */
  readonly packaged: string;
  /** Set when the user has to put it there first. */
  readonly remark?: string;
}

function jarOf({ jar }: Fields, { output }: ImportFlags, { cwd }: CliPorts): Jar | undefined {
  if (!jar) return undefined;
  const path = resolve(cwd, dirname(jar.file), scalar(jar));
  const below = output === undefined ? '..' : relative(dirname(resolve(cwd, output)), path);
  if (below !== '' && !below.startsWith('..')) return { packaged: below };
  const packaged = basename(path);
  return { packaged, remark: `put ${path} beside the manifest, as ${packaged}` };
}

/** Throws where the values give no valid manifest, with the key and the place that each comes from. */
function refuseInvalid(text: string, fields: Fields): void {
  const { problems } = parseManifests(text, 'manifest');
  if (problems.length === 0) return;
  throw new CommandError(problems.map(problem => originOf(problem, fields)).join('\n'));
}

function originOf(problem: Problem, fields: Fields): string {
  const path = problem.path ?? '';
  const ids = (Object.keys(fields) as FieldId[]).filter(id => path.startsWith(FIELDS[id].field));
  // The nearest one: spec.workers.ports before spec.workers
  const [id] = ids.sort((a, b) => FIELDS[b].field.length - FIELDS[a].field.length);
  const entry = id && fields[id];
  if (!entry) return `the manifest would not be valid: ${problem.message}`;
  const { file, line, column, key } = entry;
  return formatProblem({ file, line, column, message: `${key}: ${problem.message}` });
}

/** In the order in which a person reads the files. */
function byPlace(files: readonly string[]): (a: Problem, b: Problem) => number {
  return (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column;
}
