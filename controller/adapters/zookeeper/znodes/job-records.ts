import type { JobRecord } from '../../../core/model/record.js';
import { PortError } from '../../../ports/errors.js';
import type { StateStoreWorld } from '../../../ports/state-store.js';
import { settleInTurns, Turns } from '../../../shared/turns.js';
import type { Znode } from '../../../shared/zookeeper/session-types.js';
import type { CachedReads } from './cached-reads.js';
import { parseJobRecord } from './records.js';

interface JobEntry {
  readonly record: JobRecord;
  readonly version: number;
}

/** The job records below a znode. Only changed records are read and parsed again, as there may be thousands. */
export class JobRecords {
  readonly #parsed = new WeakMap<Znode, JobEntry>();

  constructor(
    private readonly cache: CachedReads,
    private readonly folder: string,
  ) {}

  path(key: string): string {
    return `${this.folder}/${key.replace('/', '.')}`;
  }

  /**
   * All of them, by key, in order. Rejects as the session does, and with a PortError for a znode without a job
   * record.
   */
  async read(): Promise<StateStoreWorld['jobs']> {
    const names = (await this.cache.children(this.folder)) ?? [];
    const paths = [...names].sort().map(name => `${this.folder}/${name}`);
    const turns = new Turns(() => performance.now());
    // As they are now: one that changes meanwhile leaves the cache, and is no less there
    const znodes = new Map(paths.map(path => [path, this.cache.known(path)]));
    const missing = paths.filter(path => znodes.get(path) === undefined);
    const read = await settleInTurns(missing, path => this.cache.get(path), turns);
    for (const [at, path] of missing.entries()) znodes.set(path, fulfilled(read[at]));
    turns.begin();
    const jobs = new Map<string, JobEntry>();
    for (const [path, znode] of znodes) {
      if (turns.over) await turns.next();
      const entry = znode && (this.#parsed.get(znode) ?? this.#parse(path, znode));
      if (entry) jobs.set(entry.record.key, entry);
    }
    return jobs;
  }

  #parse(path: string, znode: Znode): JobEntry {
    const record = parseJobRecord(znode.data);
    // Not "absent": the controller would then try to create it for ever.
    if (!record || this.path(record.key) !== path)
      throw new PortError(
        'blocked',
        `znode ${path} holds no job record; remove it or give another --zookeeper-root`,
      );
    const entry = { record, version: znode.version };
    this.#parsed.set(znode, entry);
    return entry;
  }
}

function fulfilled<T>(result: PromiseSettledResult<T> | undefined): T | undefined {
  if (result?.status === 'rejected') throw result.reason;
  return result?.value;
}
