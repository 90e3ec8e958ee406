import { expect } from 'chai';
import type Docker from 'dockerode';
import { run } from './container.js';

/** Without a network, ranks of one container talk through shared memory. */
export const MPIRUN: readonly string[] = [
  ...['mpirun', '--allow-run-as-root', '--oversubscribe'],
  ...['--mca', 'pml', 'ob1', '--mca', 'btl', 'self,vader'],
];

/** What the ring prints among four ranks. */
export const RING: readonly string[] = [
  'Process 0 sending 10 to rank 1 (4 processes in ring)',
  ...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(value => `Process 0 decremented value: ${value}`),
  ...[0, 1, 2, 3].map(rank => `Process ${rank} exiting`),
];

/** The output of the ring among four ranks; that of different ranks reaches mpirun in any order. */
export function expectRing(stdout: string): void {
  const lines = stdout.trimEnd().split('\n');
  const ofRank0 = (line: string): boolean => line.startsWith('Process 0');
  expect(lines.filter(ofRank0)).to.deep.equal(RING.filter(ofRank0));
  expect([...lines].sort()).to.deep.equal([...RING].sort());
}

/** The image holds no key, no password and no account that a password opens. */
export async function expectNoWayIn(docker: Docker, image: string): Promise<void> {
  const find =
    "find / -xdev \\( -name 'ssh_host_*' -o -name authorized_keys -o -name 'id_*' -path '*/.ssh/*' -o -name '.netrc' \\) -print";
  expect((await run(docker, image, ['sh', '-c', find], { User: '0' })).stdout).to.equal('');
  const shadow = (await run(docker, image, ['cat', '/etc/shadow'], { User: '0' })).stdout.trim().split('\n');
  expect(shadow).to.have.length.above(10);
  for (const line of shadow) expect(line.split(':')[1], line).to.match(/^[!*]+$/);
}
