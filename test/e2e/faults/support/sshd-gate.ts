import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Cluster } from '../../../../scripts/cluster/cluster.js';
import { OPENMPI5 } from '../../support/manifest.js';
import { removeVolumes } from './volumes.js';

const IMAGE = { repo: 'mpiswarm-test/gate', tag: '1' };
const NAME = `${IMAGE.repo}:${IMAGE.tag}`;
/** Volume, on every node, of files that say what the gate does. */
const VOLUME = 'mpiswarm-test-gate';
const FOLDER = '/gate';

/**
 * Waits while a file `hold-HOSTNAME` is there, then becomes sshd; where there is a file `impostor-HOSTNAME`, one that shows a
 * host key of its own. The agent looks for the word "persourcepenalties" in the program.
 */
const GATE = `#!/bin/sh
name=$(hostname)
while [ -e ${FOLDER}/hold-$name ]; do sleep 0.1; done
if [ -e ${FOLDER}/impostor-$name ]; then
  ssh-keygen -q -t ed25519 -N '' -f /tmp/impostor
  for file; do [ -f "$file" ] && sed "s|^HostKey .*|HostKey /tmp/impostor|" "$file" > /tmp/impostor.conf; done
  exec /usr/sbin/sshd.real -D -e -f /tmp/impostor.conf
fi
exec /usr/sbin/sshd.real "$@"
`;

/** Lets a test keep workers of its choice from being ready, or have them show a wrong host key. */
export class SshdGate {
  private constructor(private readonly cluster: Cluster) {}

  /** What a job needs for it. */
  static readonly image = NAME;
  static readonly volume = { name: VOLUME, mountPath: FOLDER };

  static async create(cluster: Cluster): Promise<SshdGate> {
    await spreadImage(cluster);
    for (const index of cluster.nodes.keys()) await cluster.docker(index).createVolume({ Name: VOLUME });
    return new SshdGate(cluster);
  }

  /** @param hostname of the container: `JOB-SLOT`, slots counted from 1. */
  async hold(hostname: string): Promise<void> {
    await this.#put(`hold-${hostname}`);
  }

  async release(hostname: string): Promise<void> {
    for (const folder of this.#folders()) await rm(`${folder}/hold-${hostname}`, { force: true });
  }

  async impostor(hostname: string): Promise<void> {
    await this.#put(`impostor-${hostname}`);
  }

  async close(): Promise<void> {
    await removeVolumes(this.cluster, VOLUME);
  }

  async #put(name: string): Promise<void> {
    for (const folder of this.#folders()) await writeFile(`${folder}/${name}`, '');
  }

  #folders(): readonly string[] {
    return this.cluster.nodes.map(({ dir }) => `${dir}/data/volumes/${VOLUME}/_data`);
  }
}

/** Of one id on every node, so that it can be asked for by its name; made once for a cluster. */
async function spreadImage(cluster: Cluster): Promise<void> {
  const docker = cluster.docker(0);
  const known = await docker.listImages({ filters: { reference: [NAME] } });
  if (known.length > 0) return;
  const move = ['mv', '/usr/sbin/sshd', '/usr/sbin/sshd.real'];
  const container = await docker.createContainer({
    Image: OPENMPI5,
    Cmd: move,
    HostConfig: { NetworkMode: 'none' },
  });
  const file = join(tmpdir(), `mpiswarm-gate-${process.pid}.tar`);
  try {
    await container.start();
    await container.wait();
    const tar = pack();
    tar.entry({ name: 'usr/sbin/sshd', mode: 0o755 }, GATE);
    tar.finalize();
    await container.putArchive(tar.pipe(new PassThrough()), { path: '/' });
    await container.commit(IMAGE);
    await pipeline(await docker.getImage(NAME).get(), createWriteStream(file));
    await cluster.loadImages([file]);
  } finally {
    await container.remove();
    await rm(file, { force: true });
  }
}
