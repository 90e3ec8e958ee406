import { stringify } from 'yaml';

export const OPENMPI5 = 'mpiswarm/openmpi5:0.1.0';
export const OPENMPI4 = 'mpiswarm/openmpi4:0.1.0';
/** On the nodes where a file of the tests that run has this name in it. */
export const OPENMPI_JAVA = 'mpiswarm/openmpi-java:0.1.0';

export interface ManifestParts {
  readonly image?: string;
  readonly workers?: Readonly<Record<string, unknown>>;
  readonly command?: readonly string[];
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Text of a manifest: four workers that run `ring`, unless told otherwise. */
export function manifest(name: string, parts: ManifestParts = {}): string {
  return text(name, { replicas: 4, ...parts.workers }, parts);
}

/** The same with these groups of workers. */
export function groupedManifest(
  name: string,
  groups: readonly Readonly<Record<string, unknown>>[],
  parts: Omit<ManifestParts, 'workers'> = {},
): string {
  return text(name, groups, parts);
}

function text(name: string, workers: unknown, parts: ManifestParts): string {
  return stringify({
    apiVersion: 'mpiswarm.dev/v1',
    kind: 'MPIJob',
    metadata: { name },
    spec: {
      image: parts.image ?? OPENMPI5,
      workers,
      command: parts.command ?? ['ring'],
      ...parts.spec,
    },
  });
}

/** What `ring` prints among n ranks, sorted: the ranks' lines may come in any order. */
export function ringOutput(n: number): readonly string[] {
  return [
    `Process 0 sending 10 to rank ${n === 1 ? 0 : 1} (${n} processes in ring)`,
    ...Array.from({ length: 10 }, (_, k) => `Process 0 decremented value: ${9 - k}`),
    ...Array.from({ length: n }, (_, k) => `Process ${k} exiting`),
  ].sort();
}
