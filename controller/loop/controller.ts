import type { Policy } from '../api/policy/policy.js';
import { DEFAULT_LIMITS, type Limits } from '../core/gc/outputs.js';
import type { Admission } from '../core/job/admission.js';
import type { JobInputs } from '../core/job/inputs.js';
import { type Prepared, prepareJob, reconcileJob } from '../core/job/reconcile.js';
import type { Reason } from '../core/model/reason.js';
import type { JobRecord } from '../core/model/record.js';
import type { Installation } from '../core/model/specs.js';
import type { Expiry } from '../core/model/world.js';
import { leftovers } from '../core/observed/leftovers.js';
import { LeadershipLost } from '../ports/errors.js';
import type { ControllerEvent } from '../ports/events.js';
import type { Leadership, Term } from '../ports/leadership.js';
import type { Manifests } from '../ports/manifests.js';
import type { Observation } from '../ports/observation.js';
import type { Ports } from '../ports/ports.js';
import { admit } from './admit.js';
import { apply } from './effects/apply.js';
import { attempt } from './effects/attempt.js';
import { FailureBackoff } from './effects/failures.js';
import { guard } from './effects/leader-guard.js';
import { ExpiredOutputs } from './gc/expired-outputs.js';
import { GarbageCollector } from './gc/gc.js';
import { OrphanCollector } from './gc/orphans.js';
import { IdleJobs, mayIdle } from './idle-jobs.js';
import { MissingManifests } from './manifests/missing-manifests.js';
import { observe, openRuns } from './observe.js';

export interface ControllerOptions {
  readonly ports: Ports & { readonly manifests: Manifests; readonly leadership: Leadership };
  readonly installation: Installation;
  /** What jobs may have, as it is now; absent: anything. */
  readonly policy?: () => Promise<Policy>;
  /** What is kept of the output of ended runs. */
  readonly limits?: Limits;
  /** A folder that is emptied removes its jobs like any other removed manifest. */
  readonly allowPruneAll?: boolean;
  /** How long a finished job of which something is left may go without being assessed, in milliseconds. */
  readonly restMs?: number;
  /** Receives everything worth a log line: one call per decision, none when nothing changed. */
  readonly report: (event: ControllerEvent) => void;
}

/** What a tick did; the caller decides from it when the next one is due. */
export interface TickResult {
  readonly ok: boolean;
  /** Commands issued and records written: the world moved, tick again at once. */
  readonly changed: boolean;
  /** Jobs that are not finished. */
  readonly open: number;
}

/**
 * Reconciles all jobs against the world, one tick at a time, while it leads; otherwise it only observes, and removes spare packages of
 * its own engine. Its memory is a cache: a new one reaches the same world.
 */
export class Controller {
  #openRuns: readonly string[] = [];
  readonly #troubles = new FailureBackoff();
  readonly #absences: MissingManifests;
  #term: Term | undefined;
  #sweep: OrphanCollector;
  #tidy: GarbageCollector;
  readonly #resting: IdleJobs;
  readonly #expired: ExpiredOutputs;

  constructor(private readonly options: ControllerOptions) {
    const { limits = DEFAULT_LIMITS, restMs = REST_MS } = options;
    this.#absences = new MissingManifests(options.ports.runtime, options.allowPruneAll ?? false);
    this.#sweep = new OrphanCollector(options.installation);
    this.#tidy = new GarbageCollector(options.installation);
    this.#resting = new IdleJobs(restMs);
    this.#expired = new ExpiredOutputs(limits, restMs);
  }

  async tick(): Promise<TickResult> {
    const { ports, report } = this.options;
    const standing = ports.leadership.state();
    const term = standing.role === 'leader' ? standing.term : undefined;
    if (term !== this.#term) this.#begin(term);
    report({ kind: 'leadership', standing });
    const seen = await observe(ports, this.#openRuns);
    if (!seen.ok) return this.#unreadable(seen.error);
    const world = seen.value;
    report({ kind: 'folder', observation: world });
    this.#absences.look(world.manifests);
    if (term) return this.#lead(world, term);
    // They are on this engine, which the one that leads does not see
    for (const news of await this.#tidy.lookAtEngine(world, ports)) report(news);
    const records = [...world.stateStore.jobs.values()].map(({ record }) => record);
    return this.#result(records, false);
  }

  /** Forget everything observed in an earlier term: only what this term has seen may remove anything. */
  #begin(term: Term | undefined): void {
    this.#term = term;
    this.#absences.begin();
    this.#troubles.clear();
    this.#sweep = new OrphanCollector(this.options.installation);
    this.#tidy = new GarbageCollector(this.options.installation);
    this.#resting.clear();
  }

  async #lead(world: Observation, term: Term): Promise<TickResult> {
    const { ports, report } = this.options;
    const { jobs } = world.manifests;
    const keys = [...new Set([...jobs.map(job => job.key), ...world.stateStore.jobs.keys()])].sort();
    const act = guard(ports, () => ports.leadership.confirm(term));
    const now = ports.runtime.now();
    const expired = this.#expired.of(world, now);
    const { swarm, stateStore, stored } = world;
    const left = leftovers({ swarm, runIds: stateStore.runIds, stored: expired });
    const rests = (key: string): boolean => {
      const job = this.#absences.job(key);
      const record = stateStore.jobs.get(key)?.record;
      return this.#resting.has(key, { record, job }, now, record !== undefined && left.has(record.uid));
    };
    const resting = new Set(keys.filter(rests));
    const awake = keys.filter(key => !resting.has(key));
    // Their manifests are there, unchanged: whatever was missed before has come to its end
    for (const key of resting) this.#absences.forget(key);
    const { runs, runIds } = stateStore;
    const seen = { swarm, stored, expired, runs, runIds, leftovers: leftovers({ swarm, runIds, stored }) };
    const prepared = awake.flatMap(key => prepareJob(this.#inputsOf(key, world, seen, now)) ?? []);
    const admissions = await admit(prepared, swarm, { swarm: ports.swarm, policy: this.options.policy });
    if (!admissions.ok) return this.#unreadable(admissions.error);
    const results = await Promise.allSettled(
      prepared.map(job => this.#reconcile(job, admissions.value.get(job.record.key), world, act)),
    );
    const others = await Promise.allSettled([
      this.#removeSpare(world, expired, act),
      this.#removeOrphans(world, act),
    ]);
    const errors = [...results, ...others].flatMap(r =>
      r.status === 'rejected' ? [r.reason as unknown] : [],
    );
    const bug = errors.find(error => !(error instanceof LeadershipLost));
    if (bug) throw bug;
    const [deposed] = errors;
    if (deposed instanceof LeadershipLost) {
      report({ kind: 'deposed', why: deposed.message });
      return { ok: false, changed: false, open: 0 };
    }
    const done = results.flatMap(r => (r.status === 'fulfilled' ? [r.value] : []));
    const rested = [...resting].map(key => stateStore.jobs.get(key));
    return this.#result(
      [...done, ...rested].flatMap(one => one?.record ?? []),
      done.some(({ changed }) => changed) || others.some(r => r.status === 'fulfilled' && r.value),
    );
  }

  /** An unreadable world is not an empty one: nothing is planned. */
  #unreadable(error: string): TickResult {
    this.options.report({ kind: 'world-unreadable', error });
    return { ok: false, changed: false, open: 0 };
  }

  #result(records: readonly JobRecord[], changed: boolean): TickResult {
    this.#openRuns = openRuns(records);
    return { ok: true, changed, open: records.filter(({ status }) => status.phase !== 'done').length };
  }

  #inputsOf(key: string, world: Observation, seen: JobInputs['world'], now: number): JobInputs {
    const { installation, ports } = this.options;
    const record = world.stateStore.jobs.get(key)?.record;
    const trouble = this.#troubles.reason(key);
    return {
      key,
      record,
      // To be asked once a tick: being asked is what tells an absence that it goes on
      manifest: this.#absences.state(key, record),
      world: seen,
      image: (ref, policy, run) => ports.images.state({ ref, policy, run }),
      delivery: name => ports.packages.delivery(name),
      installation,
      now,
      uid: record?.uid ?? ports.runtime.uid(),
      ...(trouble ? { trouble } : {}),
    };
  }

  async #reconcile(
    prepared: Prepared,
    admission: Admission | undefined,
    world: Observation,
    ports: Ports,
  ): Promise<{ record: JobRecord | undefined; changed: boolean }> {
    const { report } = this.options;
    const { key, manifest, now } = prepared.inputs;
    const known = world.stateStore.jobs.get(key);
    const { record, plan } = reconcileJob(prepared, admission);
    const changed = record !== known?.record;
    const stored = await attempt(`status of ${key}`, async () => {
      if (record && changed) await ports.stateStore.writeJob(record, known?.version);
    });
    // Effects follow from what is stored, so that the next leader finds them accounted for
    if (!stored.ok) return { record: known?.record, changed: this.#failed(key, stored.trouble, now) };
    if (changed && record) report({ kind: 'job', record, before: known?.record });
    if (this.#troubles.rests(key, now)) return { record, changed };
    const outcome = await apply(plan, ports);
    if (!outcome.ok) return { record, changed: this.#failed(key, outcome.trouble, now) };
    this.#troubles.delete(key);
    if (!changed && plan.length === 0 && record && mayIdle(record) && manifest.kind === 'valid')
      this.#resting.add(key, { record, job: this.#absences.job(key) }, now);
    if (record || !known) return { record, changed: changed || outcome.issued > 0 };
    const forgotten = await attempt(`forget ${key}`, () => ports.stateStore.removeJob(key, known.version));
    if (!forgotten.ok) return { record: known.record, changed: this.#failed(key, forgotten.trouble, now) };
    this.#absences.forget(key);
    this.#resting.delete(key);
    report({ kind: 'job-removed', key });
    return { record, changed: true };
  }

  async #removeSpare(world: Observation, expired: ReadonlyMap<string, Expiry>, ports: Ports): Promise<false> {
    for (const news of await this.#tidy.look(world, expired, ports)) this.options.report(news);
    return false;
  }

  /** @returns whether anything was removed. */
  async #removeOrphans(world: Observation, ports: Ports): Promise<boolean> {
    const { report } = this.options;
    const swept = await this.#sweep.look(world, ports);
    for (const { run, removed, trouble } of swept) {
      if (trouble) report({ kind: 'command-failed', key: run, trouble });
      else report({ kind: 'orphan-removed', run, things: removed });
    }
    return swept.some(({ trouble }) => !trouble);
  }

  /** Notes the failure and when to retry; nothing changed, so no tick is due earlier. */
  #failed(key: string, reason: Reason, now: number): false {
    this.#troubles.add(key, reason, now);
    this.options.report({ kind: 'command-failed', key, trouble: reason });
    return false;
  }
}

const REST_MS = 10_000;
