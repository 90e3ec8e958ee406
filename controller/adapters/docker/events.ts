import type Docker from 'dockerode';
import { patient } from './engine.js';

/** Starting many containers causes a flood of events, and observing the world takes CPU time from them. */
const EVENTS_MS = 150;

/**
 * Calls `wake` whenever the engine reports something about containers, services, nodes or networks. The engine drops
 * events of a slow reader and knows nothing of other nodes' containers, so this is only ever a hint. Reconnects by
 * itself.
 */
export function watchEvents(docker: Docker, wake: () => void, signal: AbortSignal): void {
  const again = (): void => {
    if (signal.aborted) return;
    // A hint may come a second late: ticks poll in any case
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
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        stream.on('data', throttled(wake));
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

/** Calls on at once, and then at most once in {@link EVENTS_MS}, the last time after the last call. */
function throttled(wake: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const open = (): void => {
    timer = undefined;
    if (again) pass();
  };
  const pass = (): void => {
    again = false;
    timer = setTimeout(open, EVENTS_MS);
    timer.unref();
    wake();
  };
  return () => {
    if (timer) again = true;
    else pass();
  };
}
