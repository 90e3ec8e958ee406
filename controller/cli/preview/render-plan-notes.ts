import type { MPIJob } from '../../api/types/mpijob.js';
import type { Phase } from '../../core/model/phase.js';
import type { Reason } from '../../core/model/reason.js';
import type { Reservation, SwarmWorld } from '../../core/model/world.js';
import { addressesNeeded, addressShortage, freeAddresses } from '../../core/nodes/addresses.js';
import { eligibleWords } from '../../core/nodes/eligible.js';
import { needsAdmission, requestWords } from '../../core/nodes/requests.js';
import type { RunSpec } from '../../shared/protocol/protocol.js';
import { retries } from '../render/retries.js';
import { shellQuoted } from '../render/text.js';
import type { Intent } from './intent.js';
import type { Rehearsal } from './rehearse.js';
import type { Row } from './render-plan-commands.js';

export interface NoteInputs {
  readonly intent: Intent;
  readonly rehearsal: Rehearsal;
  /** Our root znode. */
  readonly znode: string;
  /** Undefined: it could not be read. */
  readonly swarm?: SwarmWorld;
  /** What containers of others take; undefined as well. */
  readonly others?: readonly Reservation[];
}

/** What happens on a rung besides commands, or why it needs none. */
export function noteRows(phase: Phase, inputs: NoteInputs): readonly Row[] {
  const { intent, rehearsal, znode, swarm } = inputs;
  const { manifest, key, generation, status } = intent.record;
  const { spec } = manifest;
  const run = status.runs.at(-1)?.id ?? '';
  switch (phase) {
    case 'pending':
      return [['record', `${key}, generation ${generation}, run ${run}`], ...admissionRows(manifest, inputs)];
    case 'imaged':
      return rehearsal.commands.imaged.some(c => c.do === 'install-agent')
        ? []
        : [['agent', 'is installed on the nodes']];
    case 'networked': {
      const there = swarm?.networks.find(n => n.name === spec.network.name);
      return there
        ? [
            [
              'network',
              `${there.name} is there${there.subnets.length > 0 ? ` (${there.subnets.join(', ')})` : ''}`,
            ],
          ]
        : [];
    }
    case 'ssh-ready':
      return [...nodeRows(spec), ['ssh', `the launcher logs into every worker on port ${spec.ssh.port}`]];
    case 'registered':
      return [
        [
          'znodes',
          `${znode}/runs/${run}/workers/${spec.workers.replicas === 1 ? '0' : `0-${spec.workers.replicas - 1}`}`,
        ],
      ];
    case 'hostfile-written':
      return hostfilePreview(rehearsal, spec.mpi.hostfile);
    case 'running':
      return startRows(rehearsal);
    case 'done':
      return doneRows(spec.runPolicy);
    default:
      return phase satisfies never;
  }
}

function nodeRows({ workers: { placement } }: MPIJob['spec']): readonly Row[] {
  const words = eligibleWords({ ...placement, constraints: [] });
  return words === '' ? [] : [['nodes', `each container on a node that ${words}`]];
}

function admissionRows(job: MPIJob, inputs: NoteInputs): readonly Row[] {
  const words = `by priority ${job.spec.runPolicy.priority}, when there is room for ${requestWords(job)}`;
  const lacks = missingAddresses(job, inputs);
  return [
    ...(needsAdmission(job) ? [['admission', words] as const] : []),
    ...(lacks ? [['waits', `${lacks.reason}: ${lacks.message}`] as const] : []),
  ];
}

/** As things are now, whatever other jobs are going to take. */
function missingAddresses(
  job: MPIJob,
  { swarm, others = [] }: Pick<NoteInputs, 'swarm' | 'others'>,
): Reason | undefined {
  const { network } = job.spec;
  const there = swarm && freeAddresses([network], { records: [], swarm, others }).get(network.name);
  return there && addressShortage(job, addressesNeeded(job, swarm), there);
}

const HOSTFILE_LINES = 16;

function hostfilePreview(rehearsal: Rehearsal, path: string): readonly Row[] {
  const start = rehearsal.commands.running.find(c => c.do === 'create-start');
  const lines = start?.do === 'create-start' ? start.hostfile.trimEnd().split('\n') : [];
  const cut = lines.length > HOSTFILE_LINES;
  const head = cut ? lines.slice(0, HOSTFILE_LINES - 2) : lines;
  const rest = cut ? [`… ${lines.length - HOSTFILE_LINES + 1} more`, lines.at(-1) ?? ''] : [];
  return [['file', `${path} on the launcher`], ...[...head, ...rest].map((line): Row => ['', `  ${line}`])];
}

function startRows(rehearsal: Rehearsal): readonly Row[] {
  const config = rehearsal.commands['ssh-ready'].find(c => c.do === 'create-config');
  if (config?.do !== 'create-config') return [];
  const { command, commandEnv } = JSON.parse(config.content) as RunSpec;
  const variables = Object.entries(commandEnv).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ['command', shellQuoted(command)],
    ...variables.map(([name, value], i): Row => [i === 0 ? 'with' : '', shellQuoted([`${name}=${value}`])]),
  ];
}

function doneRows(policy: Intent['record']['manifest']['spec']['runPolicy']): readonly Row[] {
  const cleanUp = {
    Running: "the workers' containers are removed, the ended launcher stays",
    All: 'all containers are removed',
    None: 'the containers stay',
  } satisfies Record<typeof policy.cleanUpPolicy, string>;
  const { ttlSecondsAfterFinished: ttl } = policy;
  const further = retries(policy);
  return [
    ['output', 'is stored; it stays readable by `mpiswarm logs`'],
    [
      'clean-up',
      cleanUp[policy.cleanUpPolicy] + (ttl === undefined ? '' : `; what is left goes after ${ttl} s`),
    ],
    ...(further === undefined ? [] : [['retries', further] as const]),
  ];
}
