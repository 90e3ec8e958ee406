import type Docker from 'dockerode';
import { variantImage } from './variant-image.js';

const HELD = `#!/bin/sh
while [ ! -e "$HOLD" ]; do sleep 0.1; done
exec /usr/sbin/sshd.real "$@"
`;

/** An image on this engine whose sshd starts only once the file /hold/go is there, so that no job gets past `networked` before. */
export async function imageWithHeldSshd(docker: Docker, base: string): Promise<string> {
  const command = ['mv', '/usr/sbin/sshd', '/usr/sbin/sshd.real'];
  const script = { path: '/usr/sbin/sshd', text: HELD.replace('$HOLD', '/hold/go') };
  return variantImage(docker, { base, repo: 'mpiswarm-test/held-sshd', command, script });
}
