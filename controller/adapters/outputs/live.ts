import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { LABEL, launcherName } from '../../core/model/names.js';
import { isTerminal } from '../../core/model/world.js';
import type { OutputChunk } from '../../ports/output-store.js';
import { errorMessage } from '../../shared/error-message.js';
import { portError, statusCode } from '../docker/engine.js';
import { serviceOutput } from '../docker/logs.js';
import { taskView } from '../docker/views.js';
import { merged } from './merge.js';

export interface LiveOptions {
  /** The merged output of all, or the copies of single ranks' output. */
  readonly of: 'all' | 'ranks';
  /** Go on until the run ends. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/**
 * Output of a run whose containers still exist; with `follow` it goes on until the launcher ends. Fails with a
 * PortError, also if there's no launcher.
 * @param unknownMs how long the engine may fail to report whether the launcher has ended.
 */
export async function* liveOutput(
  docker: Docker,
  run: string,
  { of, follow, signal }: LiveOptions,
  unknownMs = UNKNOWN_MS,
): AsyncIterable<OutputChunk> {
  const launcher = launcherName(run);
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end, { once: true });
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure = error;
  };
  if (follow) void untilEnd(docker, launcher, { unknownMs, signal: over.signal }).catch(fail).then(end);
  const read = (service: string) => serviceOutput(docker, service, { follow, signal: over.signal });
  try {
    const workers = of === 'all' ? [] : await workersOf(docker, run);
    const all =
      of === 'all'
        ? read(launcher)
        : merged([launcher, ...workers].map((name, i) => (i === 0 ? read(name) : optional(read(name)))));
    for await (const chunk of all) if ((chunk.rank === undefined) === (of === 'all')) yield chunk;
    if (failure !== undefined) throw failure;
  } catch (error) {
    throw portError(`read output of ${launcher}`, error);
  } finally {
    end();
  }
}

/** Names of the services of a run's workers; none with the launcher as the only worker. */
async function workersOf(docker: Docker, run: string): Promise<readonly string[]> {
  const label = [`${LABEL.run}=${run}`, `${LABEL.role}=workers`];
  const services = await docker.listServices({ filters: { label } });
  return services.flatMap(({ Spec }) => Spec?.Name ?? []).sort();
}

/** It may be removed meanwhile. */
async function* optional(chunks: AsyncIterable<OutputChunk>): AsyncIterable<OutputChunk> {
  try {
    yield* chunks;
  } catch (error) {
    if (statusCode(error) !== 404) throw error;
  }
}

/** The last output may still be on its way when Swarm reports that the container ended. */
const LAST_WORDS_MS = 1_000;

const POLL_MS = 500;
/** A busy engine may answer too late several times in a row, each after 20 s. */
const UNKNOWN_MS = 120_000;

/**
 * The engine keeps a followed log open as long as the service exists, so we poll for its end.
 * @returns when all containers of the service have ended, or it's gone; rejects if that stays unknown too long.
 */
async function untilEnd(
  docker: Docker,
  service: string,
  { unknownMs, signal }: { readonly unknownMs: number; readonly signal: AbortSignal },
): Promise<void> {
  let known = performance.now();
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined); // aborted: stop reading
    try {
      if (await hasEnded(docker, service)) return void (await sleep(LAST_WORDS_MS));
      known = performance.now();
    } catch (error) {
      if (statusCode(error) === 404) return;
      if (performance.now() - known > unknownMs)
        throw new Error(`cannot find out whether it has ended: ${errorMessage(error)}`);
    }
  }
}

async function hasEnded(docker: Docker, service: string): Promise<boolean> {
  const tasks = await docker.listTasks({ filters: { service: [service] } });
  return tasks.map(taskView).every(isTerminal);
}
