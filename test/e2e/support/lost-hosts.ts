import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';

const REPOSITORY = 'mpiswarm-test/lost-hosts';

/** Drops `--hostfile FILE` on its way to the real mpirun, so that all ranks start where mpirun is, and it exits 0. */
const LOSES_HOSTS = `#!/bin/sh
for word; do
  shift
  if [ "$word" = --hostfile ]; then skip=1
  elif [ -n "$skip" ]; then skip=
  else set -- "$@" "$word"
  fi
done
exec /usr/bin/mpirun "$@"
`;

/** An image on this engine that does to a job what Open MPI 5 does when its host settings do not reach it. */
export async function imageThatLosesItsHosts(docker: Docker, base: string): Promise<string> {
  const container = await docker.createContainer({ Image: base, Cmd: ['true'] });
  try {
    const tar = pack();
    tar.entry({ name: 'usr/local/bin/mpirun', mode: 0o755 }, LOSES_HOSTS);
    tar.finalize();
    await container.putArchive(tar.pipe(new PassThrough()), { path: '/' });
    await container.commit({ repo: REPOSITORY, tag: '1' });
    return `${REPOSITORY}:1`;
  } finally {
    await container.remove();
  }
}
