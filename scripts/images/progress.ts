import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { errorMessage } from '../../controller/shared/error-message.js';

export interface ProgressOptions {
  /** `build mpiswarm/openmpi5:0.1.0` */
  readonly what: string;
  /** Milliseconds until the call is given up. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with each piece of text, as the engine divides it. */
  readonly onText?: (text: string) => void;
}

const KEPT_LINES = 30;

/**
 * Reads the engine's answer to a build, load, import or pull to its end: JSON lines, in which a failure may come at any
 * time although the call was answered with 200. Returns the text of it; throws with the last lines when it failed.
 */
export async function progress(answer: NodeJS.ReadableStream, options: ProgressOptions): Promise<string> {
  const stream = answer as Readable;
  const late = setTimeout(
    () => stream.destroy(new Error(`no end within ${options.deadlineMs} ms`)),
    options.deadlineMs,
  );
  const aborted = (): void => void stream.destroy(abortReason(options.signal));
  options.signal?.addEventListener('abort', aborted);
  const text: string[] = [];
  try {
    if (options.signal?.aborted) aborted();
    for await (const line of createInterface({ input: stream })) {
      const said = parse(line);
      if (said.error !== undefined) throw new Error(said.error);
      options.onText?.(said.text ?? '');
      if (said.text !== undefined) text.push(said.text);
    }
    if (stream.errored !== null && stream.errored !== undefined) throw stream.errored;
    return text.join('');
  } catch (error) {
    options.signal?.throwIfAborted();
    const words = errorMessage(error);
    const last = text.join('').trimEnd().split('\n').slice(-KEPT_LINES).join('\n');
    throw new Error(`${options.what}: ${words}${last === '' ? '' : `\n${last}`}`, { cause: error });
  } finally {
    clearTimeout(late);
    options.signal?.removeEventListener('abort', aborted);
    stream.destroy();
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}

function parse(line: string): { readonly text?: string; readonly error?: string } {
  if (line.trim() === '') return {};
  try {
    const { stream, status, error } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof error === 'string') return { error };
    return { text: typeof stream === 'string' ? stream : typeof status === 'string' ? `${status}\n` : '' };
  } catch {
    // Engines answer some calls in plain words.
    return { text: `${line}\n` };
  }
}
