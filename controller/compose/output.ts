import type Docker from 'dockerode';
import { patient, portError } from '../adapters/swarm/engine.js';
import { demultiplexer } from '../adapters/swarm/output.js';
import { launcherName } from '../core/names.js';
import type { OutputChunk } from '../ports.js';

/**
 * Output of a run's launcher that still exists: what there is and, with `follow`, what comes until its container ends.
 * Fails with a PortError, also where there is no launcher.
 */
export async function* liveOutput(
  docker: Docker,
  run: string,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncIterable<OutputChunk> {
  const what = `read output of ${launcherName(run)}`;
  const service = (follow ? patient(docker) : docker).getService(launcherName(run)) as unknown as {
    logs(options: object): Promise<Buffer | (NodeJS.ReadableStream & { destroy(): void })>;
  };
  const take = demultiplexer();
  const ended = new AbortController();
  try {
    const answer = await service.logs({ stdout: true, stderr: true, follow, tail: 'all' });
    if (Buffer.isBuffer(answer)) {
      yield* take(answer);
      return;
    }
    const stop = (): void => answer.destroy();
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    if (follow) stopAtEnd(docker, run, { stop, signal: ended.signal });
    for await (const piece of answer) yield* take(Buffer.from(piece));
  } catch (error) {
    if (signal.aborted || (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    throw portError(what, error);
  } finally {
    ended.abort();
  }
}

const TERMINAL = new Set(['complete', 'failed', 'shutdown', 'rejected', 'orphaned', 'remove']);
/** What the container wrote last may still be on its way when Swarm says that it ended. */
const LAST_WORDS_MS = 1_000;

/** The engine keeps a followed log open for as long as the service exists, so its end has to be looked for. */
function stopAtEnd(
  docker: Docker,
  run: string,
  { stop, signal }: { readonly stop: () => void; readonly signal: AbortSignal },
): void {
  const timer = setInterval(() => {
    docker.listTasks({ filters: { service: [launcherName(run)] } }).then(
      tasks => {
        const states = (tasks as readonly { readonly Status?: { readonly State?: string } }[]).map(
          t => t.Status?.State ?? '',
        );
        if (states.every(state => TERMINAL.has(state))) setTimeout(stop, LAST_WORDS_MS).unref();
      },
      // The service is gone, or the engine is: nothing more will come
      () => stop(),
    );
  }, 500);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
