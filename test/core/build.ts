import { parseManifests } from '../../controller/api/manifest/parse.js';
import type { MPIJob } from '../../controller/api/types/mpijob.js';
import { newRecord } from '../../controller/core/job/record.js';
import { type Facts, rungs } from '../../controller/core/ladder/facts.js';
import { decide } from '../../controller/core/ladder/machine.js';
import type { Plan } from '../../controller/core/model/command.js';
import { LABEL, runLabels } from '../../controller/core/model/names.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import type { ImageState, RunWorld, SwarmWorld, TaskView } from '../../controller/core/model/world.js';
import { type RunView, runView } from '../../controller/core/observed/run-view.js';
import { planRun } from '../../controller/core/plan/plan.js';
import { afterRun, withRun } from '../../controller/core/run/next-step.js';
import { type Situation, situationOf } from '../../controller/core/run/situation.js';
import { hostfile } from '../../controller/shared/protocol/hostfile.js';
import type { Registration } from '../../controller/shared/protocol/protocol.js';
import { type Groups, groupedManifest, INSTALLATION, manifest } from '../loop/scene.js';

export { INSTALLATION };

export const NOW = 1_700_000_000_000;
export const PINNED = `ring@sha256:${'0'.repeat(64)}`;
export const RESOLVED: ImageState = { state: 'resolved', pinned: PINNED };

type Spec = Parameters<typeof manifest>[1];

/** A valid, defaulted job with two workers. */
export function job(spec: Spec = {}, name = 'ring'): MPIJob {
  return parsed(manifest(name, spec));
}

/** A valid, defaulted job with these groups of workers. */
export function groupedJob(groups: Groups, spec: Spec = {}, name = 'ring'): MPIJob {
  return parsed(groupedManifest(name, groups, spec));
}

function parsed(text: string): MPIJob {
  const { definitions, problems } = parseManifests(text, 'job.json');
  const found = definitions[0]?.job;
  if (!found) throw new Error(problems.map(problem => problem.message).join('\n'));
  return found.manifest;
}

/** The record of a job with its first run under way. */
export function record(spec: Spec = {}): JobRecord {
  return recordOf(job(spec));
}

/** The record of that job with its first run under way. */
export function recordOf(of: MPIJob): JobRecord {
  const fresh = freshRecord(of);
  const step = afterRun(fresh, NOW);
  return step.kind === 'start-run' ? withRun(fresh, step.run) : fresh;
}

/** The record of a job that was never run. */
export function freshRecord(of: MPIJob): JobRecord {
  return newRecord(of, 'ring.yaml:1', { uid: '1a2b3c4d', now: NOW });
}

export function currentRun(of: JobRecord): RunStatus {
  const run = of.status.runs.at(-1);
  if (!run) throw new Error(`${of.key} has no run`);
  return run;
}

/** The record with its current run ended so. */
export function ended(of: JobRecord, end: Partial<RunStatus>): JobRecord {
  const last = { ...currentRun(of), endedAt: NOW, ...end };
  return { ...of, status: { ...of.status, runs: [...of.status.runs.slice(0, -1), last] } };
}

/** The record with another manifest. */
export function edited(of: JobRecord, spec: Spec): JobRecord {
  return { ...of, manifest: job(spec) };
}

/** A task that runs. */
export function task(id: string, service: string, slot: number): TaskView {
  const addresses = { net: `10.0.1.${id === 'launcher' ? 2 : 10 + slot}` };
  const times = { createdAt: NOW, changedAt: NOW };
  return { id, service, slot, node: 'node-1', state: 'running', desired: 'running', addresses, ...times };
}

export function registration(index: number): Registration {
  return {
    index,
    task: `worker-${index}`,
    address: `10.0.1.${11 + index}`,
    port: 2022,
    node: { id: 'node-1', hostname: 'n1' },
    slots: 1,
    resources: {},
  };
}

/** Swarm as it is for a dedicated launcher and two workers that all run. */
export function swarmWorld(of: JobRecord): SwarmWorld {
  const { id } = currentRun(of);
  const identity = {
    installation: INSTALLATION.id,
    key: of.key,
    uid: of.uid,
    generation: of.generation,
    run: id,
  };
  const named = (role: string) => ({
    id: `id-${role}`,
    name: `${id}-${role}`,
    labels: runLabels(identity, role),
  });
  const withKey = (role: string) => {
    const object = named(role);
    return { ...object, labels: { ...object.labels, [LABEL.publicKey]: `ssh-ed25519 ${role}` } };
  };
  const agent = { [LABEL.part]: 'agent', [LABEL.agent]: INSTALLATION.agent.content };
  const global = { ...task('agent', 'agent', 0), state: 'complete', desired: 'complete' } as const;
  return {
    nodes: [
      {
        id: 'node-1',
        hostname: 'n1',
        role: 'manager',
        usable: true,
        reachable: true,
        address: '192.168.90.11',
        labels: {},
      },
    ],
    networks: [
      {
        id: 'net',
        name: 'mesos-overlay',
        driver: 'overlay',
        scope: 'swarm',
        attachable: true,
        encrypted: false,
        subnets: ['10.0.1.0/24'],
        labels: {},
      },
    ],
    services: [
      { ...named('launcher'), image: PINNED },
      { ...named('workers'), image: PINNED },
      { id: 'agent', name: 'mpiswarm-agent', labels: agent, image: 'mpiswarm/agent:test' },
    ],
    tasks: [
      task('launcher', 'id-launcher', 1),
      task('worker-0', 'id-workers', 1),
      task('worker-1', 'id-workers', 2),
      global,
    ],
    secrets: [withKey('launcher'), withKey('worker')],
    configs: [{ ...named('spec'), name: id }],
    packages: [],
    zooKeeperNetworks: ['mesos-overlay'],
  };
}

/** Znodes when everything is ready for the start. */
export function readyZnodes(): RunWorld {
  const registrations = [registration(0), registration(1)];
  const proof = (index: number) =>
    ({ ok: true, address: `10.0.1.${11 + index}`, task: `worker-${index}` }) as const;
  return {
    registrations,
    launcher: {
      task: 'launcher',
      address: '10.0.1.2',
      node: { id: 'node-1', hostname: 'n1' },
      ssh: { '0': proof(0), '1': proof(1) },
      hostfile: hostfile(registrations),
    },
    placements: [],
    ranks: [],
    started: false,
    stopping: false,
  };
}

export interface ViewChanges {
  readonly record?: JobRecord;
  readonly swarm?: (world: SwarmWorld) => SwarmWorld;
  readonly znodes?: (znodes: RunWorld) => RunWorld | undefined;
  readonly image?: ImageState;
  readonly now?: number;
}

/** A run that is ready to start, with the changes given. */
export function view(changes: ViewChanges = {}): RunView {
  const of = changes.record ?? record();
  const keep = <T>(value: T): T => value;
  return runView({
    record: of,
    run: currentRun(of),
    installation: INSTALLATION,
    now: changes.now ?? NOW,
    swarm: (changes.swarm ?? keep)(swarmWorld(of)),
    image: changes.image ?? RESOLVED,
    znodes: (changes.znodes ?? keep)(readyZnodes()),
    outputStored: false,
  });
}

/** Changes of a world before the run has containers. */
export function bare(world: SwarmWorld): SwarmWorld {
  const agent = world.services.filter(service => service.id === 'agent');
  return { ...world, services: agent, tasks: world.tasks.filter(one => one.service === 'agent') };
}

export function situation(of: RunView): Situation {
  return situationOf(of, false);
}

export function factsOf(of: RunView): Facts {
  return situation(of).facts;
}

export function planOf(of: RunView): Plan {
  return planRun(decide('pending', rungs(factsOf(of), false)), situation(of));
}
