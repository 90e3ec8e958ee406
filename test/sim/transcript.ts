import type { JobRecord } from '../../controller/core/model/record.js';
import type { Effect } from './gate.js';
import { recordLines } from './record-lines.js';
import type { Audience, SimWorld } from './world.js';

/** What belongs to no job: the network, the agent on each node, what serves a package. */
const SHARED = 'shared';

/** What happens in a simulated world, tick by tick and job by job: commands, and what is stored of each job where it changes. */
export class Transcript implements Audience {
  readonly #lines: string[] = [];
  /** Lines of the tick that is written, by job. */
  readonly #open = new Map<string, string[]>();
  /** The last tick of each controller. */
  readonly #ticks = new Map<string, number>();
  /** Names of what is or was in the swarm, by id: removals go by id. */
  readonly #names = new Map<string, string>();
  #header = '';

  constructor(private readonly world: SimWorld) {
    const { watch } = world;
    const before = watch.onRecord;
    watch.onRecord = (record, known) => {
      before(record, known);
      this.#stored(record, known);
    };
    world.audience = this;
  }

  tick(n: number, by: string): void {
    this.#ticks.set(by, n);
  }

  effect(by: string, { verb, target, detail }: Effect, struckBy: readonly string[]): void {
    this.#begin(`${this.#time()} tick ${this.#ticks.get(by)}${by === 'first' ? '' : ` of ${by}`}`);
    const struck = struckBy.length === 0 ? '' : ` (${struckBy.join(', ')})`;
    // What is stored shows by itself
    if (verb === 'write job' && struck === '') return;
    const given = detail?.() ?? '';
    const name = this.#nameOf(target);
    this.#add(this.#jobOf(name, given), `> ${verb} ${name}${struck}${given === '' ? '' : `: ${given}`}`);
  }

  note(words: string): void {
    this.#begin(`${this.#time()}`);
    this.#add('', `* ${words}`);
  }

  /** All lines; uids are replaced by the number of the job under its name. */
  end(): readonly string[] {
    this.#flush();
    return this.#lines.map(line => this.#anonymous(line).trimEnd());
  }

  #stored(record: JobRecord, before: JobRecord | undefined): void {
    if (!this.#header.startsWith(`${this.#time()} `)) this.#begin(this.#time());
    for (const line of recordLines(before, record, at => this.#clock(at))) this.#add(record.key, line);
  }

  #begin(header: string): void {
    if (header === this.#header) return;
    this.#flush();
    this.#header = header;
  }

  #add(job: string, line: string): void {
    this.#open.set(job, [...(this.#open.get(job) ?? []), line]);
  }

  /** Jobs in order: in which order a tick takes them makes no difference to them. */
  #flush(): void {
    if (this.#open.size === 0) return;
    this.#lines.push('', this.#header);
    for (const [job, lines] of [...this.#open].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (job !== '') this.#lines.push(`  ${job}`);
      this.#lines.push(...lines.map(line => `${job === '' ? '  ' : '    '}${line}`));
    }
    this.#open.clear();
  }

  #time(): string {
    return `${this.#clock(this.world.now())} s`;
  }

  #clock(at: number): string {
    return ((at - this.world.started) / 1_000).toFixed(1);
  }

  #nameOf(target: string): string {
    const { services, secrets, configs, networks, packages } = this.world.cluster;
    for (const { id, spec } of services) this.#names.set(id, spec.name);
    for (const { id, name } of [...secrets, ...configs, ...networks, ...packages]) this.#names.set(id, name);
    return this.#names.get(target) ?? target;
  }

  #jobOf(target: string, given: string): string {
    const { uids, records } = this.world.watch;
    if (records.has(target)) return target;
    const uid = /-([0-9a-f]{8})-\d+/.exec(`${target} ${given}`)?.[1] ?? '';
    return uids.get(uid)?.replace(/\.\d+$/, '') ?? SHARED;
  }

  #anonymous(line: string): string {
    const { uids } = this.world.watch;
    const short = line.replaceAll(/(@sha256:0)0+/g, '$1…');
    return [...uids].reduce(
      (text, [uid, name]) => text.replaceAll(uid, `uid${name.split('.').at(-1)}`),
      short,
    );
  }
}
