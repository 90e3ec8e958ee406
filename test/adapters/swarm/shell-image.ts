import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type Docker from 'dockerode';

/** Where Debian's package busybox-static puts its one file. */
const BUSYBOX = '/usr/bin/busybox';
const DEADLINE_MS = 30_000;

/** Imports an image of nothing but a static busybox, and returns its id. Needs Debian's package busybox-static. */
export async function importShell(
  docker: Docker,
  tag: { readonly repo: string; readonly tag: string },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-shell-'));
  try {
    await mkdir(join(folder, 'root/bin'), { recursive: true });
    await copyFile(BUSYBOX, join(folder, 'root/bin/busybox'));
    for (const name of ['sh', 'sleep']) await symlink('busybox', join(folder, 'root/bin', name));
    const tar = join(folder, 'shell.tar');
    await promisify(execFile)('tar', ['-C', join(folder, 'root'), '-cf', tar, '.'], { timeout: DEADLINE_MS });
    const answer = await docker.importImage(tar, tag);
    for await (const _ of answer) {
      // Only its end counts: the image is asked for below
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return (await docker.getImage(`${tag.repo}:${tag.tag}`).inspect()).Id;
}
