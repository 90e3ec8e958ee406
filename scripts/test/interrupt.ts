import { setTimeout as sleep } from 'node:timers/promises';
import { areChildrenRunning, endChildren } from './run-child.js';

let isInterrupted = false;

/** Whether this process is about to end; what its tests say then is not worth a line. */
export const isLeaving = (): boolean => isInterrupted;

/** Never resolves once this process is to end, so that what waits for it starts nothing more. */
export function unlessInterrupted(): Promise<void> {
  return isInterrupted ? new Promise(() => undefined) : Promise.resolve();
}

/** For hooks that remove what tests made; a Docker Engine takes some seconds to end. */
const HOOKS_MS = 30_000;
const AFTER_CLEAN_MS = 1_000;
/** npm passes the terminal's Ctrl-C on, so that one may come twice. */
const AGAIN_MS = 1_000;

/**
 * On Ctrl-C or SIGTERM: ends the tests, waits for their hooks, calls `clean`, and ends this process. A second one
 * does not wait for the hooks.
 */
export function cleanOnInterrupt(clean: () => Promise<void>): void {
  let since: number | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    if (since === undefined) {
      isInterrupted = true;
      since = performance.now();
      void leave(signal, clean);
    } else if (performance.now() - since > AGAIN_MS) endChildren('SIGKILL');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
}

async function leave(signal: NodeJS.Signals, clean: () => Promise<void>): Promise<void> {
  console.log(`\n${signal}: ending the tests and cleaning up`);
  const deadline = performance.now() + HOOKS_MS;
  endChildren('SIGTERM');
  while (areChildrenRunning() && performance.now() < deadline) await sleep(100);
  endChildren('SIGKILL');
  try {
    await clean();
    // What was just starting a cluster in this process may have gone on until it missed what was removed
    await sleep(AFTER_CLEAN_MS);
    await clean();
    console.log('clean-up is complete');
  } catch (error) {
    console.error(`clean-up failed: ${(error as Error).message}`);
  }
  process.exit(signal === 'SIGINT' ? 130 : 143);
}
