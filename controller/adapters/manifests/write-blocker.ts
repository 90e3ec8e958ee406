import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { OpenManifest } from '../../ports/open-manifest.js';
import { reason } from '../lib/fs-error.js';

type Obstacle = NonNullable<OpenManifest['obstacle']>;

/**
 * What stands against writing a file in place: no right to, or somebody else who writes it. Undefined: nothing.
 * @param path as it was found.
 * @param target the file that it leads to.
 */
export async function obstacle(path: string, target: string): Promise<Obstacle | undefined> {
  const denied = await denial(target);
  if (denied !== undefined)
    return {
      canForce: false,
      message: `it cannot be written here: ${denied}; make this edit where it can be`,
    };
  const synced = [path, target].flatMap(name => resolve(name).split('/')).find(isSyncs);
  if (synced !== undefined)
    return { canForce: true, message: `a sync puts it here (${synced}); make this edit at its source` };
  const git = (await gitOf(target)) ?? (await gitOf(path));
  if (git === undefined) return undefined;
  return {
    canForce: true,
    message: `it is under Git (${git}); make this edit in the repository and commit it`,
  };
}

/** A file is replaced by a new one with the same owner, so the folder must be writable, and the owner be ours. */
async function denial(target: string): Promise<string | undefined> {
  try {
    await access(target, constants.W_OK);
    await access(dirname(target), constants.W_OK | constants.X_OK);
    const { uid } = await lstat(target);
    const me = process.geteuid?.() ?? 0;
    return me === 0 || me === uid
      ? undefined
      : `it belongs to user ${uid}, and only that user or root can keep that`;
  } catch (error) {
    return reason(error);
  }
}

/** `..data` and `..2026_11_23` of a ConfigMap; `.worktrees`, `rev-HASH` and `HASH` of git-sync. */
function isSyncs(component: string): boolean {
  return /^\.\.[^.]/.test(component) || component === '.worktrees' || /^(rev-)?[0-9a-f]{40}$/.test(component);
}

/** The `.git` of the repository that has this file, or may have it. */
async function gitOf(path: string): Promise<string | undefined> {
  const git = await gitAbove(path);
  return git !== undefined && (await isUntracked(path)) ? undefined : git;
}

/** How long git is waited for; it looks into one file, its index. */
const GIT_DEADLINE_MS = 5_000;

/**
 * Whether git is there and says that it does not track this file: exit code 1 of `git ls-files --error-unmatch`
 * (git-ls-files(1)). Not where it cannot tell, as in a repository of another user's.
 */
function isUntracked(path: string): Promise<boolean> {
  // A monitor that the repository's configuration names would be a program that is run
  const quiet = ['-c', 'core.fsmonitor=false'];
  const argv = [...quiet, 'ls-files', '--error-unmatch', '--', basename(path)];
  // What a hook of git sets would lead to its repository, not to this file's
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return new Promise(done => {
    const options = { cwd: dirname(resolve(path)), env, timeout: GIT_DEADLINE_MS };
    execFile('git', argv, options, error => done(error?.code === 1));
  });
}

async function gitAbove(path: string): Promise<string | undefined> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    if (await exists(git)) return git;
    if (folder === dirname(folder)) return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    // Not there, or not for us to see: then it is not one that says anything
    return false;
  }
}
