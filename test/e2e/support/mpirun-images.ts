import type Docker from 'dockerode';
import { variantImage } from './variant-image.js';

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

/** Stays when the real mpirun has ended, until it is asked to end: as an mpirun that does not notice what it has lost. */
const STAYS = `#!/bin/sh
trap 'echo mpirun was asked to end; exit 143' TERM
/usr/bin/mpirun "$@" &
wait $!
while :; do sleep 0.2; done
`;

/** An image on this engine that does to a job what Open MPI 5 does when its host settings do not reach it. */
export function imageThatLosesItsHosts(docker: Docker, base: string): Promise<string> {
  return variantImage(docker, { base, repo: 'mpiswarm-test/lost-hosts', script: mpirun(LOSES_HOSTS) });
}

/** An image on this engine whose mpirun does not end on SIGTERM. */
export function imageThatHoldsOn(docker: Docker, base: string): Promise<string> {
  return variantImage(docker, { base, repo: 'mpiswarm-test/holds-on', script: mpirun(HOLDS_ON) });
}

/** An image on this engine whose mpirun does not end by itself. */
export function imageThatStays(docker: Docker, base: string): Promise<string> {
  return variantImage(docker, { base, repo: 'mpiswarm-test/stays', script: mpirun(STAYS) });
}

const mpirun = (text: string) => ({ path: '/usr/local/bin/mpirun', text });
