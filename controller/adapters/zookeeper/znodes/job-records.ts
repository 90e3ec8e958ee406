import type { JobRecord } from '../../../core/model/record.js';
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
  readonly #parsed = new WeakMap<Znode, JobEntry | string>();

  constructor(
    private readonly cache: CachedReads,
    private readonly folder: string,
  ) {}

  path(key: string): string {
    return `${this.folder}/${key.replace('/', '.')}`;
  }

  /** All of them, by key, in order, and what is wrong with the others. Rejects as the session does. */
  async read(): Promise<Pick<StateStoreWorld, 'jobs' | 'unreadableRecords'>> {
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
    const unreadableRecords = new Map<string, string>();
    for (const [path, znode] of znodes) {
      if (turns.over) await turns.next();
      const entry = znode && (this.#parsed.get(znode) ?? this.#parse(path, znode));
      if (typeof entry === 'string') unreadableRecords.set(this.#key(path), entry);
      else if (entry) jobs.set(entry.record.key, entry);
    }
    return { jobs, unreadableRecords };
  }

  /** Or what is wrong with it. It isn't absent: its job would be made again, and what it runs taken for an orphan. */
  #parse(path: string, znode: Znode): JobEntry | string {
    const record = parseJobRecord(znode.data);
    const entry =
      record && this.path(record.key) === path
        ? { record, version: znode.version }
        : `znode ${path} holds no job record that this version can read; restore or remove it`;
    this.#parsed.set(znode, entry);
    return entry;
  }

  /** No namespace has a dot. */
  #key(path: string): string {
    return path.slice(this.folder.length + 1).replace('.', '/');
  }
}

function fulfilled<T>(result: PromiseSettledResult<T> | undefined): T | undefined {
  if (result?.status === 'rejected') throw result.reason;
  return result?.value;
}
