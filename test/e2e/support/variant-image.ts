import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';

export interface Variant {
  readonly base: string;
  readonly repo: string;
  /** Run in the container before the script is put into it. */
  readonly command?: readonly string[];
  /** Absolute path and text of an executable file. */
  readonly script: { readonly path: string; readonly text: string };
}

/** An image on this engine that differs from another by one script. Returns its reference. */
export async function variantImage(docker: Docker, variant: Variant): Promise<string> {
  const { base, repo, command = ['true'], script } = variant;
  const container = await docker.createContainer({ Image: base, Cmd: [...command] });
  try {
    await container.start();
    const { StatusCode } = await container.wait();
    if (StatusCode !== 0) throw new Error(`${command.join(' ')} in ${base} ended with code ${StatusCode}`);
    const tar = pack();
    tar.entry({ name: script.path.slice(1), mode: 0o755 }, script.text);
    tar.finalize();
    await container.putArchive(tar.pipe(new PassThrough()), { path: '/' });
    await container.commit({ repo, tag: '1' });
    return `${repo}:1`;
  } finally {
    await container.remove();
  }
}
