import type Docker from 'dockerode';
import { LABEL, launcherName } from '../../core/model/names.js';
import { isTerminal } from '../../core/model/world.js';
import type { OutputChunk } from '../../ports/output-store.js';
import { portError, statusCode } from '../docker/engine.js';
import { serviceOutput } from '../docker/logs.js';
import { taskView } from '../docker/views.js';
import { merged } from './merge.js';

export interface LiveOptions {
  /** What all wrote, together, or the copies of what single ranks wrote. */
  readonly of: 'all' | 'ranks';
  /** Go on until the run ends. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/**
 * Output of a run whose containers still exist: what there is and, with `follow`, what comes until its launcher ends.
 * Fails with a PortError, also where there is no launcher.
 */
export async function* liveOutput(
  docker: Docker,
  run: string,
  { of, follow, signal }: LiveOptions,
): AsyncIterable<OutputChunk> {
  const launcher = launcherName(run);
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end, { once: true });
  const timer = follow ? callAtEnd(docker, run, end) : undefined;
  const read = (service: string) => serviceOutput(docker, service, { follow, signal: over.signal });
  try {
    const workers = of === 'all' ? [] : await workersOf(docker, run);
    const all =
      of === 'all'
        ? read(launcher)
        : merged([launcher, ...workers].map((name, i) => (i === 0 ? read(name) : optional(read(name)))));
    for await (const chunk of all) if ((chunk.rank === undefined) === (of === 'all')) yield chunk;
  } catch (error) {
    throw portError(`read output of ${launcher}`, error);
  } finally {
    clearInterval(timer);
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

/** What the container wrote last may still be on its way when Swarm says that it ended. */
const LAST_WORDS_MS = 1_000;

/** The engine keeps a followed log open for as long as the service exists, so its end has to be looked for. */
function callAtEnd(docker: Docker, run: string, end: () => void): NodeJS.Timeout {
  return setInterval(() => {
    docker.listTasks({ filters: { service: [launcherName(run)] } }).then(
      tasks => {
        if (tasks.map(taskView).every(isTerminal)) setTimeout(end, LAST_WORDS_MS).unref();
      },
      // The service is gone, or the engine is: nothing more will come
      () => end(),
    );
  }, 500);
}
