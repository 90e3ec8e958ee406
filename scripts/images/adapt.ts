import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { sourcesListFor } from './apt-sources.js';
import { runBuild } from './build.js';
import { baseRef, type Suite } from './catalogue.js';
import { type MachineApt, proxy } from './machine-apt.js';

/** What a build on this machine is given, so that apt in it reaches Debian's archive as this machine does. */
export interface Adaptation {
  readonly buildargs: Readonly<Record<string, string>>;
  readonly network?: 'host';
}

/** The proxies of this machine; without one, nothing. Predefined build arguments, so the image does not keep them. */
export function adaptation(apt: Pick<MachineApt, 'proxy'> | undefined): Adaptation {
  const buildargs = apt?.proxy ?? proxy('');
  const onLoopback = Object.values(buildargs).some(address => LOOPBACK.test(address));
  // A container's loopback is its own; only in the machine's network does it find this proxy.
  return onLoopback ? { buildargs, network: 'host' } : { buildargs };
}

const LOOPBACK = /^(https?:\/\/)?([^@/]*@)?(localhost|127(\.\d+){3}|\[::1\])(:|\/|$)/i;

/** Whether apt works here with other settings than those of Debian's own images, so that theirs may not do. */
export function isUnusual({ mirror, freshness }: MachineApt): boolean {
  const uris = [mirror.main, mirror.security].filter(uri => uri !== undefined);
  return freshness.length > 0 || !uris.every(uri => PUBLIC.test(uri));
}

const PUBLIC = /^https?:\/\/([a-z0-9-]+\.)*debian\.org\//i;

/**
 * Makes a base image with this machine's own apt sources out of Debian's, and returns its name, for the build
 * argument `BASE`. The name is to be removed after the builds.
 */
export async function adaptedBase(
  docker: Docker,
  suite: Suite,
  apt: MachineApt,
  signal?: AbortSignal,
): Promise<string> {
  const ref = `mpiswarm/base:${suite}`;
  const context = pack();
  const files = {
    Dockerfile: DOCKERFILE(baseRef(suite)),
    'sources.list': sourcesListFor(suite, apt.mirror),
    'debian.sources': '# See /etc/apt/sources.list\n',
    'apt.conf': [...apt.freshness, ''].join('\n'),
  };
  for (const [name, text] of Object.entries(files)) context.entry({ name }, text);
  context.finalize();
  await runBuild(docker, context.pipe(new PassThrough()), {
    ref,
    dockerfile: 'Dockerfile',
    labels: {},
    buildargs: {},
    signal,
  });
  return ref;
}

const DOCKERFILE = (base: string): string => `FROM ${base}
COPY sources.list /etc/apt/sources.list
COPY debian.sources /etc/apt/sources.list.d/debian.sources
COPY apt.conf /etc/apt/apt.conf.d/mpiswarm-machine
`;
