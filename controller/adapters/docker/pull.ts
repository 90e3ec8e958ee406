import type Docker from 'dockerode';
import { patient } from './engine.js';
import { parseReference } from './reference.js';
import { registryAuth } from './registry-auth.js';

export interface PullOptions {
  /** Milliseconds without any progress after which the pull has failed. */
  readonly stallMs: number;
  /** Ends the pull at once. */
  readonly signal: AbortSignal;
  /** Called with the engine's progress messages. */
  readonly progress: (text: string) => void;
}

/** One line of the engine's answer. */
interface PullEvent {
  readonly status?: string;
  readonly progress?: string;
  readonly id?: string;
  readonly error?: string;
}

/**
 * Pulls an image with the user's credentials for its registry; returns when the engine has all of it. Throws the
 * engine's message on failure, and when there is no progress for too long.
 */
export async function pull(docker: Docker, ref: string, options: PullOptions): Promise<void> {
  const { stallMs, signal, progress } = options;
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), stallMs);
  const abortSignal = AbortSignal.any([stall.signal, signal]);
  let last = 'nothing';
  try {
    const { name: fromImage, tag, digest } = parseReference(ref);
    const credentials = await registryAuth(ref);
    // Without a tag the engine would pull all of them. A body would repeat the query
    const query = { fromImage, tag: digest ?? tag ?? 'latest' };
    const stream = await patient(docker).createImage(credentials, {
      _query: query,
      _body: {},
      abortSignal,
    });
    for await (const event of events(stream)) {
      timer.refresh();
      // The status code was sent before this error
      if (event.error !== undefined) throw new Error(event.error);
      last = [event.id, event.status, event.progress].filter(Boolean).join(' ');
      if (last) progress(last);
    }
  } catch (error) {
    if (stall.signal.aborted)
      throw new Error(`pull showed no progress for ${stallMs / 1_000} s, last was: ${last}`, {
        cause: error,
      });
    if (isCutOff(error))
      throw new Error(`pull was cut off by the engine, last was: ${last}`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Node's error for a response that ends too early, before its headers or after. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}

/** Lines of JSON. */
async function* events(stream: NodeJS.ReadableStream): AsyncGenerator<PullEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as PullEvent;
  }
  if (rest.trim()) yield JSON.parse(rest) as PullEvent;
}
