import type Docker from 'dockerode';
import type { OutputChunk } from '../../ports/output-store.js';
import { given } from '../../shared/given.js';
import { patient } from './engine.js';
import { demultiplexer, withRanks } from './log-frames.js';

type Stream = NodeJS.ReadableStream & { destroy(): void };

/**
 * Streams the output of a service's containers, one container after the other, oldest first. With `follow` it goes on
 * until `signal` is aborted, and mixes containers as their output arrives. Fails with the engine's error; without
 * `follow` only after it has yielded the output of all other containers.
 */
export async function* serviceOutput(
  docker: Docker,
  service: string,
  { follow, signal }: { readonly follow: boolean; readonly signal?: AbortSignal },
): AsyncIterable<OutputChunk> {
  if (follow) {
    yield* withRanks(chunksOf(patient(docker), `services/${service}`, { follow, ...given({ signal }) }));
    return;
  }
  // One container a request: for a whole service, Docker 20.10 drops lines now and then among tens of thousands
  const tasks = await docker.listTasks({ filters: { service: [service] } });
  const ran = tasks.filter(task => task.Status?.ContainerStatus?.ContainerID);
  const inOrder = [...ran].sort((a, b) => String(a.CreatedAt).localeCompare(String(b.CreatedAt)));
  const failures: unknown[] = [];
  for (const { ID } of inOrder) {
    if (signal?.aborted) return;
    try {
      yield* withRanks(chunksOf(docker, `tasks/${ID}`, { follow, ...given({ signal }) }));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function* chunksOf(
  docker: Docker,
  of: string,
  { follow, signal }: { readonly follow: boolean; readonly signal?: AbortSignal },
): AsyncIterable<OutputChunk> {
  const stream = await open(docker, of, follow);
  const stop = (): void => stream.destroy();
  if (signal?.aborted) return stop();
  signal?.addEventListener('abort', stop, { once: true });
  const take = demultiplexer();
  try {
    for await (const piece of stream) yield* take(Buffer.from(piece));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Always as a stream: without `follow` dockerode builds one string, and that is limited to 512 MB. */
function open(docker: Docker, of: string, follow: boolean): Promise<Stream> {
  const options = {
    path: `/${of}/logs?`,
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true, 404: 'no such service or task', 500: 'server error', 503: 'no swarm manager' },
    options: { stdout: true, stderr: true, follow, tail: 'all' },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error, data) => (error ? reject(error) : resolve(data as Stream)));
  });
}
