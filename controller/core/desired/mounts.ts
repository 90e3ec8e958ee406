import type { MPIJob, Volume, Workers } from '../../api/types/mpijob.js';
import { parseMemory } from '../../api/types/quantity.js';
import { PATHS } from '../../shared/protocol/protocol.js';
import { agentName, LABEL } from '../model/names.js';
import type { Installation, Mount } from '../model/specs.js';
/** Whose containers they are for: worker 0 that is the launcher too counts as `worker 0`. */
export type Inhabitant = 'launcher' | 'worker 0' | 'workers';

export interface Mounted {
  /** What the containers are like. */
  readonly workers: Pick<Workers, 'shmSize' | 'volumes'>;
  /** Name of their group; empty where all workers are alike. */
  readonly group: string;
  readonly whose: Inhabitant;
}

/**
 * What is mounted into a container of a job's run. Swarm expands templates in names, paths and options of volumes, for each
 * task (https://docs.docker.com/reference/cli/docker/service/create/#template).
 */
export function mounts(
  { spec: { mpi } }: MPIJob,
  agent: Installation['agent'],
  of: Mounted,
): readonly Mount[] {
  const { workers } = of;
  const folder = mpi.hostfile.slice(0, mpi.hostfile.lastIndexOf('/'));
  const own = workers.volumes.flatMap(volume => volumeMount(volume, of));
  // The seed's folder for the hostfile exists in no image, and only root could make it
  const made = folder === '/twister2' && !own.some(({ target }) => target === folder);
  return [
    agentVolume(agent, { readOnly: true, noCopy: true }),
    { type: 'tmpfs', target: PATHS.scratch, sizeBytes: 16 * 1024 * 1024, mode: 0o1777 },
    // Shared-memory transport between ranks of one container needs more than Docker's 64 MB
    { type: 'tmpfs', target: '/dev/shm', sizeBytes: parseMemory(workers.shmSize), mode: 0o1777 },
    ...(made ? [{ type: 'tmpfs', target: folder, mode: 0o1777 } as const] : []),
    ...own,
  ];
}

const SLOT = '{{.Task.Slot}}';

function volumeMount(volume: Volume, { group, whose }: Mounted): readonly Mount[] {
  const { name, readOnly, scope, sizeLimit } = volume;
  const target = literal(volume.mountPath);
  if (name === undefined) {
    const size = sizeLimit === undefined ? {} : { sizeBytes: parseMemory(sizeLimit) };
    return [{ type: 'tmpfs', target, ...size, mode: 0o1777 }];
  }
  const perWorker = scope === 'PerWorker';
  if (perWorker && whose === 'launcher') return [];
  // The slots of each service begin at 1
  const slot = whose === 'worker 0' ? '0' : SLOT;
  const number = group === '' ? slot : `${group}-${slot}`;
  const source = perWorker ? `${name}-${number}` : name;
  return [{ type: 'volume', source, target, readOnly, noCopy: false, ...driver(volume, number) }];
}

function driver({ driver: name, options, scope }: Volume, number: string) {
  if (name === undefined && Object.keys(options).length === 0) return {};
  const value = (text: string) =>
    scope === 'PerWorker' ? text.split(SLOT).map(literal).join(number) : literal(text);
  const values = Object.entries(options).map(([key, text]) => [key, value(text)] as const);
  return { driver: { name: name ?? 'local', options: Object.fromEntries(values) } };
}

/** Text in which Swarm would take `{{` for the start of a template. */
export function literal(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}');
}

/** The volume on every node that the agent is in. */
export function agentVolume(
  { content }: Pick<Installation['agent'], 'content'>,
  how: { readonly readOnly: boolean; readonly noCopy: boolean },
): Mount {
  const labels = { [LABEL.part]: 'agent', [LABEL.agent]: content };
  return { type: 'volume', source: agentName(content), target: PATHS.agent, labels, ...how };
}
