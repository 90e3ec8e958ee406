import { assess } from '../core/assess.js';
import type { Installation } from '../core/desired.js';
import type { Reason } from '../core/facts.js';
import type { JobRecord } from '../core/record.js';
import { type Manifests, PortError, type RegistryWorld } from '../ports.js';
import { apply, type Ports } from './apply.js';
import { manifestState } from './manifest-state.js';
import { type Observation, observe, openRuns } from './observe.js';

export interface ControllerOptions {
  readonly ports: Ports & { readonly manifests: Manifests };
  readonly installation: Installation;
  /** Told of everything worth a line: one call a decision, none when nothing changed. */
  readonly report: (news: News) => void;
}

export type News =
  | { readonly kind: 'job'; readonly record: JobRecord; readonly before: JobRecord | undefined }
  | { readonly kind: 'job-removed'; readonly key: string }
  | { readonly kind: 'folder'; readonly observation: Observation }
  | { readonly kind: 'world-unreadable'; readonly error: string }
  | { readonly kind: 'command-failed'; readonly key: string; readonly trouble: Reason };

/** What a tick did; the caller decides from it when the next one is due. */
export interface TickResult {
  readonly ok: boolean;
  /** Commands issued and records written: the world moved, look again at once. */
  readonly changed: boolean;
  /** Jobs that are not finished. */
  readonly open: number;
}

/** Reconciles all jobs against the world, one tick at a time. Its memory is a cache: a new one reaches the same world. */
export class Controller {
  #openRuns: readonly string[] = [];
  #troubles = new Map<string, Trouble>();
  /** Jobs whose manifest was missing at the last look. */
  #missing = new Map<string, { readonly since: number; readonly gone: boolean }>();

  constructor(private readonly options: ControllerOptions) {}

  async tick(): Promise<TickResult> {
    const { ports, report } = this.options;
    const seen = await observe(ports, this.#openRuns);
    if (!seen.ok) {
      report({ kind: 'world-unreadable', error: seen.error });
      return { ok: false, changed: false, open: 0 };
    }
    const world = seen.value;
    report({ kind: 'folder', observation: world });
    const keys = [
      ...new Set([...world.manifests.jobs.map(j => j.key), ...world.registry.jobs.keys()]),
    ].sort();
    const results = await Promise.all(keys.map(key => this.#reconcile(key, world)));
    const records = results.flatMap(result => (result.record ? [result.record] : []));
    this.#openRuns = openRuns(records);
    return {
      ok: true,
      changed: results.some(result => result.changed),
      open: records.filter(record => record.status.phase !== 'done').length,
    };
  }

  async #reconcile(
    key: string,
    world: Observation,
  ): Promise<{ record: JobRecord | undefined; changed: boolean }> {
    const { ports, installation, report } = this.options;
    const known = world.registry.jobs.get(key);
    const now = ports.edge.now();
    const trouble = this.#troubles.get(key);
    const { record, plan } = assess({
      key,
      record: known?.record,
      manifest: this.#manifest(world, key, known?.record, now),
      world: {
        swarm: world.swarm,
        runs: world.registry.runs,
        runIds: world.registry.runIds,
        stored: world.stored,
      },
      image: (ref, policy, run) => ports.images.state({ ref, policy, run }),
      installation,
      now,
      uid: ports.edge.uid(),
      ...(trouble ? { trouble: trouble.reason } : {}),
    });
    const changed = record !== known?.record;
    const stored = await this.#store(key, record, known);
    // Effects follow from what is stored, so that whoever comes next finds them accounted for
    if (!stored.ok) return { record: known?.record, changed: this.#failed(key, stored.trouble, now) };
    if (changed && record) report({ kind: 'job', record, before: known?.record });
    if (trouble && now < trouble.retryAt) return { record, changed };
    const outcome = await apply(plan, ports);
    if (!outcome.ok) return { record, changed: this.#failed(key, outcome.trouble, now) };
    this.#troubles.delete(key);
    if (record || !known) return { record, changed: changed || outcome.issued > 0 };
    const forgotten = await this.#attempt(`forget ${key}`, () => ports.registry.removeJob(key));
    if (!forgotten.ok) return { record: known.record, changed: this.#failed(key, forgotten.trouble, now) };
    this.#missing.delete(key);
    report({ kind: 'job-removed', key });
    return { record, changed: true };
  }

  #manifest(world: Observation, key: string, record: JobRecord | undefined, now: number) {
    const state = manifestState(world.manifests, key, record);
    if (state.kind !== 'removed') {
      this.#missing.delete(key);
      return state;
    }
    const { since, gone } = this.#missing.get(key) ?? { since: now, gone: false };
    // A folder that emptied at one stroke may be a failed mount or a half-done sync; a second look decides
    const grace = world.manifests.jobs.length === 0 ? EMPTY_FOLDER_GRACE_MS : REMOVED_GRACE_MS;
    // Once decided it stays so, whatever happens to the rest of the folder
    const decided = gone || now - since >= grace;
    this.#missing.set(key, { since, gone: decided });
    return decided ? state : ({ kind: 'unknown' } as const);
  }

  async #store(
    key: string,
    record: JobRecord | undefined,
    known: RegistryEntry | undefined,
  ): Promise<Stored> {
    if (!record || record === known?.record) return { ok: true };
    return this.#attempt(`status of ${key}`, () =>
      this.options.ports.registry.writeJob(record, known?.version),
    );
  }

  /** Runs a write to ZooKeeper; a failure of the outside world is a value, a bug is thrown. */
  async #attempt(what: string, write: () => Promise<unknown>): Promise<Stored> {
    try {
      await write();
      return { ok: true };
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return { ok: false, trouble: { reason: 'StatusNotStored', message: `${what}: ${error.message}` } };
    }
  }

  /** Notes the failure and when to try again; nothing changed, so no look is due before. */
  #failed(key: string, reason: Reason, now: number): false {
    const count = (this.#troubles.get(key)?.count ?? 0) + 1;
    const pauseMs = Math.min(100 * 2 ** count, 30_000);
    this.#troubles.set(key, { reason, count, retryAt: now + pauseMs });
    this.options.report({ kind: 'command-failed', key, trouble: reason });
    return false;
  }
}

type Stored = { readonly ok: true } | { readonly ok: false; readonly trouble: Reason };

type RegistryEntry = RegistryWorld['jobs'] extends ReadonlyMap<string, infer Entry> ? Entry : never;

interface Trouble {
  readonly reason: Reason;
  readonly count: number;
  readonly retryAt: number;
}

/** An editor or a sync may remove a file and write it again. */
const REMOVED_GRACE_MS = 2_000;
const EMPTY_FOLDER_GRACE_MS = 30_000;
