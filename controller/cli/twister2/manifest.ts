import type { Problem } from '../../api/manifest/manifests.js';
import type { Entry } from './conf.js';
import { type Fields, noteOn, outdone, type SortedKeys } from './sort-keys.js';
import { amount, mapping, scalar, textOf, texts, truth, whole, words, wrong } from './values.js';
import { longestGroupName, workersOf } from './workers.js';

/** A manifest that follows from a configuration, as it is to be written; whether it is valid is not yet said. */
export interface Draft {
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Of single keys, with their places. */
  readonly notes: readonly Problem[];
  /** What a person should know of the manifest as a whole. */
  readonly remarks: readonly string[];
}

/**
 * The manifest. Without a class to run it runs `hostname` on every worker, which shows that the settings work.
 * Throws a CommandError for a value that cannot be meant.
 * @param image what is used where the configuration names none.
 * @param packaged the jar's path as the manifest is to have it, where there is a jar.
 */
export function draftManifest(
  { fields, configuration }: SortedKeys,
  { image, packaged }: { readonly image: string; readonly packaged?: string },
): Draft {
  const notes: Problem[] = [];
  const remarks: string[] = [];
  const program = programOf(fields, notes);
  const name = nameOf(fields, notes);
  const { workers, npernode } = workersOf(fields, { notes, remarks, name });
  checkDocker(fields, notes);
  if (!fields.image) remarks.push(`no image is named: ${image} is used`);
  if (!program) remarks.push(NO_CLASS);
  const own = { ...configuration, ...configOf(fields) };
  if (program?.workerClass !== undefined) remarks.push(...workerRemarks(program.workerClass, fields, image));
  const spec = {
    image: fields.image ? scalar(fields.image) : image,
    ...(packaged === undefined ? {} : { package: packaged }),
    workers,
    ...given('network', fields.network, entry => ({ name: scalar(entry) })),
    ...mpiOf(npernode, fields),
    ...(program ? { java: program } : { command: ['hostname'] }),
    ...(program ? given('args', fields.args, words) : {}),
    ...(Object.keys(own).length === 0 ? {} : { configuration: own }),
    ...given('runPolicy', fields.restarts, entry => ({ backoffLimit: Math.max(whole(entry) - 1, 0) })),
  };
  const manifest = { apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJob', metadata: { name }, spec };
  return { manifest, notes, remarks };
}

const NO_CLASS =
  'no worker class is named: the manifest runs hostname on every worker; name one as twister2.job.worker.class, in a file ' +
  'given with --job';

function workerRemarks(workerClass: string, { image }: Fields, own: string): readonly string[] {
  const port =
    `${workerClass} must implement dev.mpiswarm.worker.Worker, where Twister2 had IWorker: see "Porting a worker class" in ` +
    'docs/how-to/from-twister2.md';
  if (!image) return [port];
  const starter = `the worker class needs what ${own} has in /opt/mpiswarm-java: build ${scalar(image)} from it, or name that one`;
  return [port, starter];
}

interface Program {
  readonly mainClass?: string;
  readonly workerClass?: string;
  readonly classPath?: readonly string[];
  readonly memoryFraction?: number;
}

function programOf(fields: Fields, notes: Problem[]): Program | undefined {
  const { workerClass, mainClass, classPath, memoryFraction, args } = fields;
  if (!workerClass && !mainClass) {
    for (const key of [classPath, memoryFraction, args])
      if (key) notes.push(noteOn(key, 'is ignored: no class is named that it is for'));
    return undefined;
  }
  if (workerClass && mainClass) notes.push(noteOn(workerClass, outdone(mainClass)));
  return {
    ...(mainClass ? given('mainClass', mainClass, scalar) : given('workerClass', workerClass, scalar)),
    ...given('classPath', classPath, texts),
    ...given('memoryFraction', memoryFraction, amount),
  };
}

function mpiOf(npernode: number | undefined, { mpiArgs }: Fields): object {
  const mpi = { ...(npernode === undefined ? {} : { npernode }), ...given('args', mpiArgs, words) };
  return Object.keys(mpi).length === 0 ? {} : { mpi };
}

/** `HelloWorld` of `x.y.HelloWorld` where no name is given, in the form that names have. */
function nameOf(fields: Fields, notes: Problem[]): string {
  const { name, workerClass, mainClass } = fields;
  const given = name ?? mainClass ?? workerClass;
  const text = given === undefined ? 'twister2-job' : (scalar(given).split('.').at(-1) ?? '');
  const wanted = name ? scalar(name) : text.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-');
  const result = wanted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_NAMES - longestGroupName(fields))
    .replace(/-+$/, '');
  if (result === '') return name ? wrong(name, 'a name with a letter in it') : 'twister2-job';
  if (name && result !== wanted) notes.push(noteOn(name, `is written ${result}: ${NAME_FORM}`));
  return result;
}

/** Of the job and a group together. */
const MAX_NAMES = 40;
const NAME_FORM =
  'names have lower-case letters, digits and "-", at most 40 together with that of a group, and begin with a letter';

function checkDocker({ docker }: Fields, notes: Problem[]): void {
  if (docker && !truth(docker)) {
    notes.push(
      noteOn(docker, 'is ignored: workers are always containers, and MPI jobs of Twister2 were, too'),
    );
  }
}

function configOf({ config }: Fields): Readonly<Record<string, string>> {
  if (!config) return {};
  return Object.fromEntries(Object.entries(mapping(config)).map(([key, value]) => [key, textOf(value)]));
}

/** The field, where its key is given. */
export function given<K extends string, T>(
  field: K,
  entry: Entry | undefined,
  read: (entry: Entry) => T,
): { readonly [P in K]?: T } {
  return (entry ? { [field]: read(entry) } : {}) as { readonly [P in K]?: T };
}
