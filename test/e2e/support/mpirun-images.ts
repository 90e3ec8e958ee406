import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';

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

/** Says that it was asked to end, and does not: neither it nor the real mpirun, to which it does not pass the signal on. */
const HOLDS_ON = `#!/bin/sh
trap 'echo mpirun was asked to end' TERM
/usr/bin/mpirun "$@" &
while kill -0 $! 2>/dev/null; do wait $!; done
`;

/** An image on this engine that does to a job what Open MPI 5 does when its host settings do not reach it. */
export function imageThatLosesItsHosts(docker: Docker, base: string): Promise<string> {
  return imageWithMpirun(docker, base, { repository: 'mpiswarm-test/lost-hosts', script: LOSES_HOSTS });
}

/** An image on this engine whose mpirun does not end on SIGTERM. */
export function imageThatHoldsOn(docker: Docker, base: string): Promise<string> {
  return imageWithMpirun(docker, base, { repository: 'mpiswarm-test/holds-on', script: HOLDS_ON });
}

async function imageWithMpirun(
  docker: Docker,
  base: string,
  { repository, script }: { readonly repository: string; readonly script: string },
): Promise<string> {
  const container = await docker.createContainer({ Image: base, Cmd: ['true'] });
  try {
    const tar = pack();
    tar.entry({ name: 'usr/local/bin/mpirun', mode: 0o755 }, script);
    tar.finalize();
    await container.putArchive(tar.pipe(new PassThrough()), { path: '/' });
    await container.commit({ repo: repository, tag: '1' });
    return `${repository}:1`;
  } finally {
    await container.remove();
  }
}
