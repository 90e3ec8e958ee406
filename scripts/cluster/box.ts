import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import type { Cluster } from './cluster.js';
import { command } from './lib/command.js';

/** Name of a small image that has busybox and nothing else. */
export const BOX = 'mpiswarm-test/box:1';

const PROGRAMS = ['sh', 'cat', 'echo', 'httpd', 'sleep', 'wget'];

/**
 * Puts the image {@link BOX}, of one id, on every node, without a base image and without a registry: the
 * first engine imports a folder with one static program, the others load what it saved. Needs the packages of
 * the part `box`.
 */
export async function loadBox(cluster: Cluster): Promise<void> {
  const dir = await mkdtemp(`${tmpdir()}/mpiswarm-box-`);
  try {
    await makeRoot(`${dir}/root`);
    await command(['tar', '-C', `${dir}/root`, '-cf', `${dir}/root.tar`, '.']);
    const [repo, tag] = BOX.split(':');
    const progress = await cluster.docker(0).importImage(`${dir}/root.tar`, { repo, tag });
    await pipeline(progress, createWriteStream(`${dir}/import.log`));
    const image = await cluster.docker(0).getImage(BOX).get();
    await pipeline(image, createWriteStream(`${dir}/box.tar`));
    await cluster.loadImages([`${dir}/box.tar`]);
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function makeRoot(root: string): Promise<void> {
  await mkdir(`${root}/bin`, { recursive: true });
  await mkdir(`${root}/tmp`);
  await cp('/bin/busybox', `${root}/bin/busybox`);
  for (const program of PROGRAMS) await symlink('busybox', `${root}/bin/${program}`);
}
