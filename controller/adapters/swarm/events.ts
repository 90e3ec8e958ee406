import type Docker from 'dockerode';
import { patient } from './engine.js';

/**
 * Calls `wake` whenever the engine reports something about containers, services, nodes or networks. The engine drops
 * events of a slow reader and knows nothing of other nodes' containers, so this is only ever a hint. Reconnects by itself.
 */
export function watchEvents(docker: Docker, wake: () => void, signal: AbortSignal): void {
  const again = (): void => {
    if (signal.aborted) return;
    // A hint that comes a second late costs nothing: ticks look in any case
    const timer = setTimeout(connect, 1_000);
    timer.unref();
  };
  const connect = (): void => {
    if (signal.aborted) return;
    patient(docker)
      .getEvents({ filters: { type: ['container', 'service', 'node', 'network'] } })
      .then(stream => {
        const stop = (): void => {
          (stream as NodeJS.ReadableStream & { destroy(): void }).destroy();
        };
        signal.addEventListener('abort', stop, { once: true });
        stream.on('data', wake);
        stream.once('error', () => stop());
        stream.once('close', () => {
          signal.removeEventListener('abort', stop);
          again();
        });
      })
      .catch(again);
  };
  connect();
}
