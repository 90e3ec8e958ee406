import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { words } from '../../controller/adapters/docker/engine.js';
import { progress } from './progress.js';

/** A registry that can be reached answers well within this time; without one, the wait should be short. */
const FIRST_WORD_MS = 8_000;
const PULL_MS = 300_000;

/** Pulls an image. Returns why not when that fails, or when nothing has come from the registry in a few seconds. */
export async function pullQuickly(
  docker: Docker,
  ref: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const refused = new AbortController();
  const timer = setTimeout(() => refused.abort(new Error('no answer from the registry')), FIRST_WORD_MS);
  try {
    const abortSignal = AbortSignal.any([refused.signal, ...(signal === undefined ? [] : [signal])]);
    const answer = (await docker.pull(ref, { abortSignal })) as Readable;
    // The engine answers when the registry has named the image; what follows is the download.
    const onText = (): void => clearTimeout(timer);
    await progress(answer, { what: 'pull', deadlineMs: PULL_MS, signal, onText });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (refused.signal.aborted) return `no answer from the registry within ${FIRST_WORD_MS / 1_000} s`;
    return words(error).replace(/\s+/g, ' ').trim();
  } finally {
    clearTimeout(timer);
  }
}
