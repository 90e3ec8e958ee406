import { createTwoFilesPatch } from 'diff';

/**
 * What an edit of a file changes, as a unified diff that `patch -p1` and `git apply` take.
 * @param path relative where the file is below the working directory.
 * @param after undefined: the file is removed.
 */
export function fileDiff(path: string, before: string, after: string | undefined): string {
  const [from, to] = path.startsWith('/') ? [path, path] : [`a/${path}`, `b/${path}`];
  const patch = createTwoFilesPatch(
    from,
    after === undefined ? '/dev/null' : to,
    before,
    after ?? '',
    undefined,
    undefined,
    {
      context: 3,
    },
  );
  // The library begins with a line of its own kind
  return patch.slice(patch.indexOf('--- '));
}
