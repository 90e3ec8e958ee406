import { isUnreadable } from '../../controller/api/manifest/manifests.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { isTerminal } from '../../controller/core/model/world.js';
import { fileOf } from '../../controller/core/text/source.js';
import { programOf } from './workloads.js';
import type { SimWorld } from './world.js';

/** One line for each thing that is there, in order, with uids replaced by what they mean. */
export function endState(world: SimWorld): readonly string[] {
  const { cluster, stateStore, outputs, agents } = world;
  const decoder = new TextDecoder();
  const text = (run: string) =>
    (outputs.runs.get(run) ?? []).map(({ data }) => decoder.decode(data)).join('');
  const lines = [
    ...[...world.watch.records.values()].map(jobLine),
    ...cluster.services.map(({ spec }) => `service ${spec.name}`),
    ...cluster.secrets.map(({ name }) => `secret ${name}`),
    ...cluster.configs.map(({ name }) => `config ${name}`),
    ...cluster.networks.map(({ name }) => `network ${name}`),
    ...cluster.packages.map(({ name }) => `package ${name}`),
    ...cluster.tasks
      .filter(({ state, slot }) => state === 'running' && slot > 0)
      .map(task => `running ${nameOf(world, task.service)}`),
    ...[...stateStore.runs.keys()].map(run => `znodes ${run}`),
    ...[...outputs.runs.keys()].map(
      run => `${isListed(world, run) ? '' : UNLISTED}output ${run} ${JSON.stringify(text(run))}`,
    ),
    ...agents.ledger.map(({ run }) => `mpirun ${run}`),
  ];
  return anonymous(world, lines).sort();
}

/** Marks stored output that no record lists: it is kept until it expires. */
export const UNLISTED = 'unlisted ';

function isListed(world: SimWorld, run: string): boolean {
  return [...world.watch.records.values()].some(({ status }) => status.runs.some(({ id }) => id === run));
}

/** How often each kind of thing was made and removed. */
export function summary(world: SimWorld): readonly string[] {
  return [...world.watch.summary].map(([verb, count]) => `${verb} ${count}×`).sort();
}

function jobLine({ key, uid, generation, status }: JobRecord): string {
  const runs = status.runs.map(run => `${run.number}.${run.generation} ${run.outcome} ${run.reason}`);
  const waits = status.waitingOn.map(({ reason }) => reason);
  return [
    `job ${key} ${uid} ${status.phase} ${status.outcome} ${status.exitCode} ${status.reason}`,
    `generation ${generation}/${status.observedGeneration} [${runs.join('; ')}] [${waits.join(' ')}]`,
  ].join(' ');
}

function nameOf(world: SimWorld, service: string): string {
  return world.cluster.services.find(({ id }) => id === service)?.spec.name ?? service;
}

function anonymous(world: SimWorld, lines: readonly string[]): string[] {
  const uids = [...world.watch.uids];
  return lines.map(line => uids.reduce((text, [uid, name]) => text.replaceAll(uid, `<${name}>`), line));
}

/** Times to live that are longer than this are not waited for. */
const LONG_SECONDS = 1_000;

/**
 * How the world differs from what the folder asks for; empty when it matches. Looks at the world, not at what the
 * controller says of it, but for outcome and phase, which are part of what is asked for.
 */
export async function mismatches(world: SimWorld): Promise<readonly string[]> {
  const set = await world.manifests.read();
  const { records } = world.watch;
  const found: string[] = [];
  for (const { key, manifest } of set.jobs) {
    const record = records.get(key);
    if (!record) found.push(`${key} has no record`);
    else if (JSON.stringify(record.manifest) !== JSON.stringify(manifest)) found.push(`${key} is outdated`);
  }
  for (const [key, record] of records) {
    const asked = set.jobs.some(job => job.key === key);
    const kept =
      isUnreadable(set, fileOf(record.source)) || set.problems.some(problem => problem.job === key);
    if (!asked && !kept) found.push(`${key} is still there`);
    else found.push(...jobMismatches(world, record));
  }
  return [...found, ...leftovers(world)];
}

function jobMismatches(world: SimWorld, record: JobRecord): readonly string[] {
  const { key, status, manifest } = record;
  const { suspend, cancel, ttlSecondsAfterFinished: ttl } = manifest.spec.runPolicy;
  if (status.phase === 'pending' && suspend && status.reason === 'Suspended') return [];
  if (status.phase !== 'done') return [`${key} is ${status.phase}`];
  // What could not be done is tried again, and the record says so until it is
  if (status.waitingOn.length > 0) return [`${key} waits: ${status.waitingOn.map(({ reason }) => reason)}`];
  const endedAt = status.runs.at(-1)?.endedAt ?? 0;
  if (ttl !== undefined && ttl < LONG_SECONDS && world.now() <= endedAt + ttl * 1_000 + 100) {
    return [`${key} has time to live`];
  }
  if (cancel && status.outcome === 'Cancelled') return [];
  const { exitCode = 0, endless } = programOf({ command: manifest.spec.args });
  const right = endless || exitCode !== 0 ? 'Failed' : 'Succeeded';
  return status.outcome === right
    ? []
    : [`${key} is ${status.outcome} (${status.reason}), expected ${right}`];
}

/** What is there of ours although no manifest asks for it. */
function leftovers(world: SimWorld): readonly string[] {
  const { cluster, stateStore } = world;
  const labelled = [
    ...cluster.services.map(({ spec }) => ({ what: `service ${spec.name}`, labels: spec.labels })),
    ...cluster.secrets.map(({ name, labels }) => ({ what: `secret ${name}`, labels })),
    ...cluster.configs.map(({ name, labels }) => ({ what: `config ${name}`, labels })),
  ].flatMap(({ what, labels }) => {
    const run = labels[LABEL.run];
    return run === undefined ? [] : [{ what, run, role: labels[LABEL.role] ?? '' }];
  });
  const znodes = [...stateStore.runs.keys()].map(run => ({ what: `znodes ${run}`, run, role: 'workers' }));
  const kept = [...world.watch.records.values()].flatMap(keptRuns);
  const launchers = cluster.services.filter(({ spec }) => spec.labels[LABEL.role] === 'launcher');
  return [
    ...launchers
      .filter(({ id, spec }) => !hasEnded(world, id) && !kept.includes(spec.labels[LABEL.run] ?? ''))
      .map(({ spec }) => `${spec.name} has not ended`),
    ...cluster.tasks
      .filter(
        ({ state, slot, service }) =>
          state === 'running' && slot > 0 && !cluster.services.some(({ id }) => id === service),
      )
      .map(({ service }) => `a container of ${service} is stopping`),
    ...cluster.packages.map(({ name }) => `${name} is left`),
    ...[...labelled, ...znodes]
      .filter(({ run, role }) => !kept.includes(run) && !kept.includes(`${run} ${role}`))
      .map(({ what }) => `${what} is left`),
  ];
}

function hasEnded(world: SimWorld, service: string): boolean {
  const tasks = world.cluster.tasks.filter(task => task.service === service);
  return tasks.length > 0 && tasks.every(isTerminal);
}

/** Runs of which the clean-up policy keeps everything, and `RUN ROLE` where it keeps the ended launcher and what it uses. */
function keptRuns({ status, manifest }: JobRecord): readonly string[] {
  const run = status.runs.at(-1);
  const { cleanUpPolicy, ttlSecondsAfterFinished: ttl } = manifest.spec.runPolicy;
  if (!run || run.outcome === 'Cancelled') return [];
  if (run.outcome !== undefined && cleanUpPolicy === 'All') return [];
  if (run.outcome !== undefined && ttl !== undefined && ttl < LONG_SECONDS) return [];
  if (run.outcome === undefined || cleanUpPolicy === 'None') return [run.id];
  return ['launcher', 'worker', 'spec'].map(role => `${run.id} ${role}`);
}
