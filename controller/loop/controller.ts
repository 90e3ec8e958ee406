import { DEFAULT_LIMITS, type Limits } from '../core/gc/outputs.js';
import type { Admission } from '../core/job/admission.js';
import type { JobInputs } from '../core/job/inputs.js';
import { type Prepared, prepareJob, reconcileJob } from '../core/job/reconcile.js';
import type { Reason } from '../core/model/reason.js';
import type { JobRecord } from '../core/model/record.js';
import { leftovers } from '../core/observed/leftovers.js';
import { LeadershipLost } from '../ports/errors.js';
import type { Term } from '../ports/leadership.js';
import type { Observation } from '../ports/observation.js';
import type { Ports } from '../ports/ports.js';
import { mapInTurns, settleInTurns, Turns } from '../shared/turns.js';
import { admit } from './admit.js';
import type { ControllerOptions } from './controller-options.js';
import { apply } from './effects/apply.js';
import { attempt } from './effects/attempt.js';
import { FailureBackoff } from './effects/failures.js';
import { guard } from './effects/leader-guard.js';
import { ExpiredOutputs } from './gc/expired-outputs.js';
import { Unused } from './gc/unused.js';
import { IDLE_MS, IdleJobs, mayIdle } from './idle-jobs.js';
import { MissingManifests } from './manifests/missing-manifests.js';
import { observe, openRuns } from './observe.js';
import { jobKeys, reportUnreadable, seenWorld } from './seen-world.js';
import { StoreGuard } from './store-guard.js';
import { JobClocks, type Reading } from './time/job-clocks.js';

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
  readonly #unused: Unused;
  readonly #idle: IdleJobs;
  readonly #clocks: JobClocks;
  readonly #expired: ExpiredOutputs;
  readonly #store: StoreGuard;
  readonly #limits: Limits;

  constructor(private readonly options: ControllerOptions) {
    const { limits = DEFAULT_LIMITS, idleMs = IDLE_MS } = options;
    this.#absences = new MissingManifests(options.ports.runtime, options.allowPruneAll ?? false);
    this.#store = new StoreGuard(options.installation, options.allowEmptyZookeeper ?? false);
    this.#unused = new Unused(options.installation, options.report, options.allowEmptyZookeeper);
    this.#idle = new IdleJobs(idleMs);
    this.#expired = new ExpiredOutputs(limits, idleMs);
    this.#limits = limits;
    this.#clocks = new JobClocks(options.ports.runtime);
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
    const turns = new Turns(() => ports.runtime.elapsed());
    report({ kind: 'folder', observation: world });
    this.#absences.update(world.manifests);
    const time = this.#clocks.read(world.stateStore.jobs);
    if (time.jump !== 0) report({ kind: 'clock-jumped', byMs: time.jump });
    if (term) return this.#lead(world, term, { time, turns });
    await this.#unused.removeOnEngine(world, ports);
    const records = [...world.stateStore.jobs.values()].map(({ record }) => record);
    return this.#result(records, false);
  }

  /** Forget everything observed in an earlier term: only what this term has seen may remove anything. */
  #begin(term: Term | undefined): void {
    this.#term = term;
    this.#absences.begin();
    this.#troubles.clear();
    this.#store.begin();
    this.#clocks.begin();
    this.#unused.begin();
    this.#idle.clear();
  }

  async #lead(
    world: Observation,
    term: Term,
    { time, turns }: { readonly time: Reading; readonly turns: Turns },
  ): Promise<TickResult> {
    const { ports, report } = this.options;
    const act = guard(ports, () => ports.leadership.confirm(term));
    const store = await this.#store.check(world, act);
    if (store.kind === 'refused') {
      report({ kind: 'store-refused', reason: store.reason });
      return NOTHING;
    }
    if (store.kind === 'named') return { ok: true, changed: true, open: 0 };
    const { installation } = store;
    const unreadable = reportUnreadable(world, report);
    const { elapsed, jump } = time;
    if (jump !== 0) this.#idle.clear();
    await turns.pause();
    const keys = jobKeys(world).filter(key => !unreadable.has(key));
    const expired = this.#expired.of(world, time);
    await turns.pause();
    const { swarm, stateStore } = world;
    const left = leftovers({ swarm, runIds: stateStore.runIds, stored: expired });
    const seen = seenWorld(world, expired, this.#limits);
    await turns.pause();
    const isIdle = (key: string): boolean => {
      const job = this.#absences.job(key);
      const record = stateStore.jobs.get(key)?.record;
      if (seen.surplus.has(record?.status.runs.at(-1)?.id ?? '')) return false;
      return this.#idle.has(key, { record, job }, elapsed, record !== undefined && left.has(record.uid));
    };
    const idle = new Set(keys.filter(isIdle));
    await turns.pause();
    const awake = keys.filter(key => !idle.has(key));
    // Their manifests are there, unchanged: whatever was missed before has come to its end
    for (const key of idle) this.#absences.forget(key);
    const prepare = (key: string) => prepareJob(this.#inputsOf(key, world, seen, { time, installation }));
    const prepared = (await mapInTurns(awake, prepare, turns)).flatMap(one => one ?? []);
    const admissions = await admit(prepared, swarm, {
      swarm: ports.swarm,
      turns,
      policy: this.options.policy,
    });
    if (!admissions.ok) return this.#unreadable(admissions.error);
    turns.begin();
    const results = await settleInTurns(
      prepared,
      job => this.#reconcile(job, admissions.value.get(job.record.key), { world, time, ports: act }),
      turns,
    );
    const others = await settleInTurns(
      this.#unused.removals(world, installation, { expired, ports: act }),
      remove => remove(),
      turns,
    );
    await turns.pause();
    const errors = [...results, ...others].flatMap(r =>
      r.status === 'rejected' ? [r.reason as unknown] : [],
    );
    const bug = errors.find(error => !(error instanceof LeadershipLost));
    if (bug) throw bug;
    const [deposed] = errors;
    if (deposed instanceof LeadershipLost) {
      report({ kind: 'deposed', why: deposed.message });
      return NOTHING;
    }
    const done = results.flatMap(r => (r.status === 'fulfilled' ? [r.value] : []));
    const unchanged = [...idle].map(key => stateStore.jobs.get(key));
    return this.#result(
      [...done, ...unchanged].flatMap(one => one?.record ?? []),
      done.some(({ changed }) => changed) || others.some(r => r.status === 'fulfilled' && r.value),
    );
  }

  /** An unreadable world is not an empty one: nothing is planned. */
  #unreadable(error: string): TickResult {
    this.options.report({ kind: 'world-unreadable', error });
    return NOTHING;
  }

  #result(records: readonly JobRecord[], changed: boolean): TickResult {
    this.#openRuns = openRuns(records);
    return { ok: true, changed, open: records.filter(({ status }) => status.phase !== 'done').length };
  }

  #inputsOf(
    key: string,
    world: Observation,
    seen: JobInputs['world'],
    { time, installation }: Pick<JobInputs, 'installation'> & { readonly time: Reading },
  ): JobInputs {
    const { ports } = this.options;
    const stored = world.stateStore.jobs.get(key);
    const { record, ...times } = this.#clocks.inputs({ key, stored }, time);
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
      ...times,
      uid: record?.uid ?? ports.runtime.uid(),
      ...(trouble ? { trouble } : {}),
    };
  }

  async #reconcile(
    prepared: Prepared,
    admission: Admission | undefined,
    { world, time, ports }: { readonly world: Observation; readonly time: Reading; readonly ports: Ports },
  ): Promise<{ record: JobRecord | undefined; changed: boolean }> {
    const { report } = this.options;
    const { key, manifest } = prepared.inputs;
    const known = world.stateStore.jobs.get(key);
    const { record, plan } = reconcileJob(prepared, admission);
    const changed = record !== known?.record;
    const failed = (trouble: Reason) => this.#failed(key, trouble, time.elapsed);
    const stored = await attempt(`status of ${key}`, async () => {
      if (record && changed) await ports.stateStore.writeJob(record, known?.version);
    });
    // Effects follow from what is stored, so that the next leader finds them accounted for
    if (!stored.ok) return { record: known?.record, changed: failed(stored.trouble) };
    if (record) this.#clocks.stored(record, time);
    if (changed && record) report({ kind: 'job', record, before: known?.record });
    if (this.#troubles.mustWait(key, time.elapsed)) return { record, changed };
    const outcome = await apply(plan, ports);
    if (!outcome.ok) return { record, changed: failed(outcome.trouble) };
    this.#troubles.delete(key);
    if (!changed && plan.length === 0 && record && mayIdle(record) && manifest.kind === 'valid')
      this.#idle.add(key, { record, job: this.#absences.job(key) }, time.elapsed);
    if (record || !known) return { record, changed: changed || outcome.issued > 0 };
    const forgotten = await attempt(`forget ${key}`, () => ports.stateStore.removeJob(key, known.version));
    if (!forgotten.ok) return { record: known.record, changed: failed(forgotten.trouble) };
    this.#absences.forget(key);
    this.#idle.delete(key);
    this.#clocks.forget(key);
    report({ kind: 'job-removed', key });
    return { record, changed: true };
  }

  /** Notes the failure and when to retry; nothing changed, so no tick is due earlier. */
  #failed(key: string, reason: Reason, elapsed: number): false {
    this.#troubles.add(key, reason, elapsed);
    this.options.report({ kind: 'command-failed', key, trouble: reason });
    return false;
  }
}

const NOTHING: TickResult = { ok: false, changed: false, open: 0 };
