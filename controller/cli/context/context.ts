import type { JobRecord } from '../../core/model/record.js';
import type { StateStore, StateStoreWorld } from '../../ports/state-store.js';
import type { Settings } from '../../settings/settings.js';
import { CommandError } from '../../settings/usage-error.js';
import type { Paint } from '../render/paint.js';
import type { CliPorts } from './ports.js';
import type { Output } from './stdout-writer.js';

/** What a command works with. */
export interface Context {
  readonly ports: CliPorts;
  readonly settings: Settings;
  readonly out: Output;
  readonly err: Output;
  readonly paint: Paint;
}

export type JobRegistry = Pick<StateStore, 'observe' | 'controllers' | 'onChange' | 'close'>;

/** Connects, hands the registry on, and closes it in any case. */
export async function withRegistry<T>(
  context: Context,
  use: (registry: JobRegistry) => Promise<T>,
): Promise<T> {
  const registry = await context.ports.registry(context.settings);
  try {
    return await use(registry);
  } finally {
    await registry.close();
  }
}

/** All job records, by key. Fails with a {@link CommandError} when they cannot be read. */
export async function readJobs(registry: JobRegistry): Promise<readonly JobRecord[]> {
  return sortedRecords(await readStore(registry));
}

/** Fails with a {@link CommandError} when ZooKeeper cannot be read. */
export async function readStore(registry: JobRegistry): Promise<StateStoreWorld> {
  const seen = await registry.observe([]);
  if (!seen.ok) throw new CommandError(`jobs cannot be read: ${seen.error}`);
  return seen.value;
}

/** A line for each job whose record cannot be read, so that nobody takes it for gone. */
export function unreadableLines({ unreadableRecords }: StateStoreWorld): readonly string[] {
  return [...unreadableRecords].map(([key, why]) => `mpiswarm: job ${key}: RecordUnreadable: ${why}`);
}

export function sortedRecords({ jobs }: StateStoreWorld): readonly JobRecord[] {
  return [...jobs.values()]
    .map(({ record }) => record)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Tells when it is time to look again. */
export interface Pace {
  /** Ends after that time, when something may have changed, or when the signal is aborted, whichever comes first. */
  next(ms: number, signal: AbortSignal): Promise<void>;
}

/** The pace of a registry's changes. One that comes between two waits ends the next one at once. */
export function paceOf(registry: JobRegistry): Pace {
  let pending = false;
  let wake: (() => void) | undefined;
  registry.onChange(() => {
    pending = true;
    wake?.();
  });
  return {
    next: (ms, signal) =>
      new Promise(resolve => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          wake = undefined;
          pending = false;
          resolve();
        };
        const timer = setTimeout(end, ms);
        signal.addEventListener('abort', end, { once: true });
        wake = end;
        if (signal.aborted || pending) end();
      }),
  };
}
