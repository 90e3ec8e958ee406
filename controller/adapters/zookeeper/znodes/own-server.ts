import type { Acl } from '../../../shared/zookeeper/acl.js';
import { isZooKeeperError } from '../../../shared/zookeeper/errors.js';
import type { ZooKeeperSession } from '../../../shared/zookeeper/session.js';
import type { Fence, Op } from '../../../shared/zookeeper/session-types.js';
import type { RunBounds } from './run-bounds.js';

type Session = Pick<ZooKeeperSession, 'create' | 'setAcl' | 'multi' | 'removeTree'>;

/** Where ZooKeeper keeps quotas (org.apache.zookeeper.Quotas). */
const QUOTA = '/zookeeper/quota';

/**
 * What only the embedded ZooKeeper has: it is reached from all containers, so nobody but the controller may create znodes
 * outside of a run, and each run has a quota. Its configuration has `enforceQuota=true`.
 */
export class OwnServer {
  #closing: Promise<void> | undefined;
  /** Another installation with another credential may have closed it before. */
  #isForeign = false;

  constructor(
    private readonly session: Session,
    private readonly folder: string,
    private readonly options: { readonly acl: Acl; readonly warn: (message: string) => void },
  ) {}

  /**
   * Takes from everyone else what a new server lets anyone do. Done once; repeated after a failure, and where the server
   * is known to be a new one.
   */
  async close(isNew = false): Promise<void> {
    if (isNew) this.#closing = undefined;
    this.#closing ??= this.#close();
    try {
      await this.#closing;
    } catch (error) {
      this.#closing = undefined;
      throw error;
    }
  }

  /** The operations that give a run its quota; to be done in the transaction that creates its znodes. */
  quotaOps(run: string, bounds: RunBounds): readonly Op[] {
    if (this.#isForeign) return [];
    const { acl } = this.options;
    const path = this.#quotaPath(run);
    const create = (at: string, data: string): Op => ({
      op: 'create',
      path: at,
      data: Buffer.from(data),
      acl,
    });
    return [
      create(path, ''),
      create(`${path}/zookeeper_limits`, limits(bounds)),
      create(`${path}/zookeeper_stats`, 'count=0,bytes=0'),
    ];
  }

  /** To be done before the run's znodes are removed, so that no quota is left without a run. */
  async removeQuota(run: string, fence?: Fence): Promise<void> {
    if (!this.#isForeign) await this.session.removeTree(this.#quotaPath(run), { fence });
  }

  async #close(): Promise<void> {
    const { acl, warn } = this.options;
    const parents = this.folder.split('/').slice(1);
    try {
      for (const path of ['/', '/zookeeper', QUOTA]) await this.session.setAcl(path, acl);
      for (let depth = 1; depth <= parents.length; depth++) {
        const path = `${QUOTA}/${parents.slice(0, depth).join('/')}`;
        await this.session.create(path, Buffer.alloc(0), { acl });
      }
    } catch (error) {
      if (!isZooKeeperError(error, 'no-auth')) throw error;
      this.#isForeign = true;
      warn(`the embedded ZooKeeper belongs to another credential, so it has no quotas: ${error.message}`);
    }
  }

  #quotaPath(run: string): string {
    return `${QUOTA}${this.folder}/${run}`;
  }
}

const MIB = 1024 * 1024;
/** The reports of 131,072 ranks have about 15 MiB. */
const MOST_BYTES = 64 * MIB;

/** Far more than the run's own reports and barriers need, and far less than would fill the server. */
function limits({ workers, ranks }: RunBounds): string {
  const count = 5_000 + 20 * (workers + ranks);
  const bytes = Math.min(MOST_BYTES, 8 * MIB + (workers + ranks) * (MIB / 16));
  // -1: no soft limit, of which a server only complains (org.apache.zookeeper.StatsTrack)
  return `count=-1,bytes=-1=;byteHardLimit=${bytes};countHardLimit=${count}`;
}
