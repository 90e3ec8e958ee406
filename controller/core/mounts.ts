import type { MPIJob } from '../api/mpijob.js';
import { parseMemory } from '../api/quantity.js';
import type { Installation } from './desired.js';
import { agentName, LABEL } from './names.js';
import { PATHS } from './protocol.js';
import type { Labels } from './world.js';

export type Mount =
  | {
      readonly type: 'volume';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Do not fill an empty volume from what the image has at the target. */
      readonly noCopy: boolean;
      /** For a volume that is made by being mounted. */
      readonly labels?: Labels;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes?: number; readonly mode: number };

/** What is mounted into every container of a job's run. */
export function mounts({ spec }: MPIJob, agent: Installation['agent']): readonly Mount[] {
  const { workers, mpi } = spec;
  const folder = mpi.hostfile.slice(0, mpi.hostfile.lastIndexOf('/'));
  return [
    agentVolume(agent, { readOnly: true, noCopy: true }),
    { type: 'tmpfs', target: PATHS.scratch, sizeBytes: 16 * 1024 * 1024, mode: 0o1777 },
    // Shared-memory transport between ranks of one container needs more than Docker's 64 MB
    { type: 'tmpfs', target: '/dev/shm', sizeBytes: parseMemory(workers.shmSize), mode: 0o1777 },
    // The seed's folder for the hostfile exists in no image, and only root could make it
    ...(folder === '/twister2' ? [{ type: 'tmpfs', target: folder, mode: 0o1777 } as const] : []),
    ...workers.volumes.map(
      ({ name, mountPath, readOnly }) =>
        ({ type: 'volume', source: name, target: mountPath, readOnly, noCopy: false }) as const,
    ),
  ];
}

/** The volume on every node that the agent is in. */
export function agentVolume(
  { content }: Pick<Installation['agent'], 'content'>,
  how: { readonly readOnly: boolean; readonly noCopy: boolean },
): Mount {
  const labels = { [LABEL.part]: 'agent', [LABEL.agent]: content };
  return { type: 'volume', source: agentName(content), target: PATHS.agent, labels, ...how };
}
