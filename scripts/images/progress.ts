import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ProgressOptions {
  /** `build mpiswarm/openmpi5:0.1.0` */
  readonly what: string;
  /** Milliseconds until the call is given up. */
  readonly deadlineMs: number;
  readonly onLine?: () => void;
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
  const text: string[] = [];
  try {
    for await (const line of createInterface({ input: stream })) {
      options.onLine?.();
      const said = parse(line);
      if (said.error !== undefined) throw new Error(said.error);
      if (said.text !== undefined) text.push(said.text);
    }
    if (stream.errored !== null && stream.errored !== undefined) throw stream.errored;
    return text.join('');
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const last = text.join('').trimEnd().split('\n').slice(-KEPT_LINES).join('\n');
    throw new Error(`${options.what}: ${words}${last === '' ? '' : `\n${last}`}`, { cause: error });
  } finally {
    clearTimeout(late);
    stream.destroy();
  }
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
