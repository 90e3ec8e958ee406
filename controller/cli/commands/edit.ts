import { relative } from 'node:path';
import { type Edit, editText } from '../../api/manifest/edit.js';
import type { ManifestSet } from '../../api/manifest/manifests.js';
import { formatProblem } from '../../api/manifest/parse.js';
import { PortError } from '../../ports/errors.js';
import { CommandError, UsageError } from '../../settings/usage-error.js';
import type { Context } from '../context/context.js';
import { chosenJobs, type EditFlags } from '../edit/edit-targets.js';
import { INTERRUPTED, waitFor } from '../edit/edit-wait.js';
import { byHand, doneWords, editOf, unchangedWords, type Verb } from '../edit/verbs.js';
import { fileDiff } from '../render/diff.js';

/** Exit code of an edit that was not made because the file should be, or can only be, changed elsewhere. */
const NOT_MADE = 3;

interface Asked {
  readonly verb: Verb;
  readonly flags: EditFlags;
  readonly edit: Edit;
}

/** Changes the manifests of jobs so that they ask for something else. One that fails does not hold up the others. */
export async function editJobs(
  verb: Verb,
  names: readonly string[],
  flags: EditFlags,
  context: Context,
): Promise<number> {
  const { ports, settings, err } = context;
  if (flags.timeout !== undefined && !flags.wait) throw new UsageError('--timeout goes with --wait');
  const places = (flags.filename ?? [settings.manifests]).map(path => shownPath(path, ports.cwd));
  const set = await ports.readManifests(places);
  const asked = { verb, flags, edit: editOf(verb, ports.now()) };
  const codes: number[] = [];
  const made: string[] = [];
  for (const { key, file } of chosenJobs(set, { names, flags, places, verb })) {
    await err.lines(secondDefinitions(set, key, verb));
    const code = await attempt(key, file, asked, context);
    if (code === 0) made.push(key);
    codes.push(code);
  }
  if (flags.wait && !flags.dryRun)
    codes.push(await waitFor({ edit: asked.edit, keys: made, timeoutMs: flags.timeout ?? 0 }, context));
  if (codes.includes(INTERRUPTED)) return INTERRUPTED;
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
}

/** A job that is defined twice: the first definition is the one that counts, and that is changed. */
function secondDefinitions({ notices }: ManifestSet, key: string, verb: Verb): readonly string[] {
  const rest = verb === 'delete' ? '; once it is deleted, the other one is' : '';
  return notices
    .filter(notice => notice.job === key)
    .map(notice => `mpiswarm: ${formatProblem(notice)}${rest}`);
}

async function attempt(key: string, path: string, asked: Asked, context: Context): Promise<number> {
  try {
    return await editJob(key, path, asked, context);
  } catch (error) {
    if (!(error instanceof PortError || error instanceof CommandError)) throw error;
    await context.err.lines([`mpiswarm: ${error.message}`]);
    return 1;
  }
}

async function editJob(
  key: string,
  shown: string,
  { verb, flags, edit }: Asked,
  context: Context,
): Promise<number> {
  const { ports, out, err } = context;
  const file = await ports.openManifest(shown);
  const result = editText(file.text, key, edit);
  const say = (words: string) => out.lines([`mpijob ${key} ${words}${flags.dryRun ? ' (dry run)' : ''}`]);
  if (result.kind === 'refused')
    throw new CommandError(
      `${shown}: job ${key} cannot be changed: ${result.message}; ${byHand(verb)} by hand`,
    );
  if (result.kind === 'unchanged') {
    await say(unchangedWords(verb, `${shown}:${result.line}`));
    return 0;
  }
  const after = result.kind === 'edited' ? result.text : undefined;
  const stands = file.obstacle !== undefined && !(flags.force && file.obstacle.canForce);
  if (flags.dryRun || stands) await out.write(fileDiff(shown, file.text, after));
  if (flags.dryRun) return 0;
  if (file.obstacle && stands) {
    const force = file.obstacle.canForce ? ', or write it here with --force' : '';
    await err.lines([`mpiswarm: ${shown} was not changed: ${file.obstacle.message}${force}`]);
    return NOT_MADE;
  }
  await (after === undefined ? file.remove() : file.replace(after));
  const place = result.kind === 'edited' ? `${shown}:${result.line}` : `${shown}, which held nothing else`;
  await say(doneWords(verb, place, result.kind === 'edited' ? result.changed : {}));
  return 0;
}

/** As a person would write it: relative below the working directory. */
function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') ? path : below;
}
