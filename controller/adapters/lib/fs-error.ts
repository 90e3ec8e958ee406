import { errorMessage } from '../../shared/error-message.js';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links go in a circle',
  EIO: 'input/output error',
  ESTALE: 'the network file system has lost it',
};

/** Explains a file system error in words; falls back to the system's own message. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? errorMessage(error);
}

/** Which limit of inotify was reached, and what to do; undefined for any other error. */
export function limitWords(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'no inotify watch is left, raise fs.inotify.max_user_watches';
  if (code === 'EMFILE') return 'no inotify instance is left, raise fs.inotify.max_user_instances';
  return undefined;
}
