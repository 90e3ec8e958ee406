import { addressesOf } from '../types/cidr.js';
import { containerCount } from '../types/groups.js';
import type { MPIJob } from '../types/mpijob.js';
import { type Path, show } from '../types/text.js';
import { type Broken, broken, repeated } from './broken.js';
import { groupRules, requestsWithinLimits } from './group-rules.js';
import { javaRules } from './java-rules.js';
import { packageRules } from './package-rules.js';
import { ownPath, volumeRules } from './volume-rules.js';

/** What the schema cannot say, because it depends on more than one field or on what a value means. */
export function rules(job: MPIJob): readonly Broken[] {
  return [
    ...ownLabels(job),
    ...ranks(job),
    ...javaRules(job),
    ...configurationKeys(job),
    ...withoutMpirun(job),
    ...groupRules(job),
    ...requestsWithinLimits(job.spec.launcher.resources, ['spec', 'launcher', 'resources']),
    ...volumeRules(job),
    ...packageRules(job),
    ...network(job),
    ...subnetRoom(job),
    ...ownPath(['spec', 'mpi', 'hostfile'], job.spec.mpi.hostfile),
    ...repeated(job.spec.mpi.export, ['spec', 'mpi', 'export']),
    ...mcaNames(job),
    ...failureRules(job),
    ...unreachable(job),
  ];
}

/** Everything created is found again by labels of this prefix. */
function ownLabels(job: MPIJob): readonly Broken[] {
  return Object.keys(job.metadata.labels)
    .filter(key => key.startsWith('mpiswarm.dev/'))
    .map(key =>
      broken(
        ['metadata', 'labels', key],
        'must not start with mpiswarm.dev/, which is reserved for mpiswarm',
      ),
    );
}

function ranks({ spec: { mpi } }: MPIJob): readonly Broken[] {
  if (mpi.processes === undefined || mpi.npernode === undefined) return [];
  return [
    broken(
      ['spec', 'mpi', 'npernode'],
      'cannot be used together with spec.mpi.processes, remove one of them',
    ),
  ];
}

/** Of `mpi` only what also a job without mpirun uses. */
function withoutMpirun({ spec: { mode, mpi, java } }: MPIJob): readonly Broken[] {
  if (mode !== 'Command') return [];
  const names = ['interface', 'processes', 'npernode', 'mca', 'args', 'export'] as const;
  const isGiven = (value: unknown): boolean =>
    typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== undefined;
  const message = 'cannot be used with spec.mode Command, which does not run mpirun; remove it';
  const starter =
    'cannot be used with spec.mode Command: the worker starter needs mpirun; use spec.java.mainClass instead';
  return [
    ...names.filter(name => isGiven(mpi[name])).map(name => broken(['spec', 'mpi', name], message)),
    ...(java?.workerClass === undefined ? [] : [broken(['spec', 'java', 'workerClass'], starter)]),
  ];
}

/** Networks that Docker makes, and that cannot be an attachable overlay. */
const RESERVED_NETWORKS = ['ingress', 'bridge', 'host', 'none', 'docker_gwbridge'];

function network({ spec }: MPIJob): readonly Broken[] {
  if (!RESERVED_NETWORKS.includes(spec.network.name)) return [];
  return [
    broken(
      ['spec', 'network', 'name'],
      `must not be one of Docker's own networks, got ${show(spec.network.name)}`,
    ),
  ];
}

/** Swarm takes one address more on each node; that there is one is all that a manifest can know. */
function subnetRoom(job: MPIJob): readonly Broken[] {
  const { subnet } = job.spec.network;
  if (subnet === undefined) return [];
  const room = addressesOf(Number(subnet.split('/')[1])) - 1;
  const wanted = containerCount(job);
  if (wanted <= room) return [];
  const message = `has room for ${room} containers, and the job has ${wanted}; give a larger subnet, or ask for fewer workers`;
  return [broken(['spec', 'network', 'subnet'], message)];
}

function mcaNames({ spec }: MPIJob): readonly Broken[] {
  return Object.keys(spec.mpi.mca)
    .filter(key => !/^[A-Za-z0-9_.-]+$/.test(key) || key.startsWith('-'))
    .map(key =>
      broken(
        ['spec', 'mpi', 'mca', key],
        'must have a name of letters, digits, "_", "." and "-" that does not start with "-"',
      ),
    );
}

function configurationKeys({ spec }: MPIJob): readonly Broken[] {
  return Object.keys(spec.configuration)
    .filter(key => !/^[\x21-\x7e]{1,256}$/.test(key))
    .map(key =>
      broken(
        ['spec', 'configuration', key],
        'must have a name of 1 to 256 printable ASCII characters without spaces',
      ),
    );
}

const TWO_CAUSES = 'cannot be used together with onExitCodes, make it two rules';

function failureRules({ spec }: MPIJob): readonly Broken[] {
  const path: Path = ['spec', 'runPolicy', 'failurePolicy', 'rules'];
  const rules = spec.runPolicy.failurePolicy?.rules ?? [];
  return rules.flatMap(({ onExitCodes, onConditions }, i) => [
    ...repeated(onExitCodes?.values ?? [], [...path, i, 'onExitCodes', 'values']),
    ...(onExitCodes && onConditions ? [broken([...path, i, 'onConditions'], TWO_CAUSES)] : []),
  ]);
}

/** After how long a launcher on its own ends its command, where it is to. */
function unreachable({ spec: { runPolicy } }: MPIJob): readonly Broken[] {
  const path: Path = ['spec', 'runPolicy', 'unreachableSeconds'];
  const given = runPolicy.unreachableSeconds !== undefined;
  if (runPolicy.unreachable === 'Kill')
    return given ? [] : [broken(path, 'is required with spec.runPolicy.unreachable Kill, for example 300')];
  const message =
    'has no meaning with spec.runPolicy.unreachable Wait; remove it, or set unreachable to Kill';
  return given && runPolicy.unreachable === 'Wait' ? [broken(path, message)] : [];
}
