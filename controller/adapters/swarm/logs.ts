import type Docker from 'dockerode';
import type { OutputChunk } from '../../ports.js';
import { patient } from './engine.js';
import { demultiplexer, withRanks } from './output.js';

type Stream = NodeJS.ReadableStream & { destroy(): void };

/**
 * What the containers of a service wrote so far, with `follow` also what comes until `signal` is aborted; as it is read,
 * whatever its size. Fails as the engine does.
 */
export function serviceOutput(
  docker: Docker,
  service: string,
  { follow, signal }: { readonly follow: boolean; readonly signal?: AbortSignal },
): AsyncIterable<OutputChunk> {
  return withRanks(chunksOf(docker, service, { follow, ...(signal ? { signal } : {}) }));
}

async function* chunksOf(
  docker: Docker,
  service: string,
  { follow, signal }: { readonly follow: boolean; readonly signal?: AbortSignal },
): AsyncIterable<OutputChunk> {
  const stream = await open(follow ? patient(docker) : docker, service, follow);
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

/** As a stream in any case: dockerode makes one string of an answer that is not followed, which ends at 512 MB. */
function open(docker: Docker, service: string, follow: boolean): Promise<Stream> {
  const options = {
    path: `/services/${service}/logs?`,
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true, 404: 'no such service', 500: 'server error', 503: 'no swarm manager' },
    options: { stdout: true, stderr: true, follow, tail: 'all' },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error, data) => (error ? reject(error) : resolve(data as Stream)));
  });
}
