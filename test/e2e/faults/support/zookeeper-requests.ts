import type { Effect } from './effect.js';

/**
 * Requests that change something, by their number on the wire (org.apache.zookeeper.ZooDefs.OpCode of ZooKeeper 3.9). Closing
 * a session is left out: what it removes is its own.
 */
const CREATE = new Set([1, 15, 19, 21]);
const REMOVE = new Set([2, 20]);
const SET = 5;
const SET_ACL = 7;
const CHECK = 13;
const MULTI = 14;

interface Change {
  readonly verb: 'create' | 'remove' | 'set' | 'set acl of' | 'check';
  readonly path: string;
  readonly data: Buffer;
}

/**
 * What a request of a client changes, or undefined where it only reads or checks a version. Of several changes at once the first
 * one counts.
 * @param frame with its four bytes of length; not the first frame of a connection.
 */
export function zooKeeperEffect(frame: Buffer, root: string): Effect | undefined {
  const type = frame.readInt32BE(8);
  const changes = type === MULTI ? several(new Reader(frame, 12)) : [one(type, new Reader(frame, 12))];
  const change = changes.find(found => found && found.verb !== 'check');
  return change && effect(change, root);
}

export function xidOf(frame: Buffer): number {
  return frame.readInt32BE(4);
}

function effect({ verb, path, data }: Change, root: string): Effect {
  const [collection, name = '', part] = path.slice(root.length + 1).split('/');
  const made = (kind: string): Effect => ({ on: 'zookeeper', kind, about: path });
  if (!path.startsWith(`${root}/`) || name === '') return made(`${verb} ${path}`);
  if (collection === 'jobs') {
    if (verb !== 'set') return made(`${verb} record`);
    return { ...made('store record'), ...progress(data) };
  }
  if (collection === 'runs' && verb === 'remove') return made('remove run znodes');
  if (collection === 'runs') return made(`${verb} ${part === undefined ? 'run' : `${part} of run`}`);
  return made(`${verb} ${collection}`);
}

function progress(data: Buffer): Pick<Effect, 'phase' | 'outcome'> {
  const { status } = JSON.parse(data.toString()) as {
    readonly status: { readonly phase: string; readonly runs: readonly { readonly outcome?: string }[] };
  };
  const outcome = status.runs.at(-1)?.outcome;
  return { phase: status.phase, ...(outcome === undefined ? {} : { outcome }) };
}

function one(type: number, reader: Reader): Change | undefined {
  if (CREATE.has(type)) {
    const change: Change = { verb: 'create', path: reader.text(), data: reader.bytes() };
    reader.skipAcl();
    reader.skip(4);
    return change;
  }
  if (REMOVE.has(type) || type === CHECK) {
    const change: Change = {
      verb: type === CHECK ? 'check' : 'remove',
      path: reader.text(),
      data: Buffer.alloc(0),
    };
    reader.skip(4);
    return change;
  }
  if (type === SET) {
    const change: Change = { verb: 'set', path: reader.text(), data: reader.bytes() };
    reader.skip(4);
    return change;
  }
  return type === SET_ACL ? { verb: 'set acl of', path: reader.text(), data: Buffer.alloc(0) } : undefined;
}

/** Headers of type, done flag and error code, each followed by its request; the last one has the flag and no request. */
function several(reader: Reader): readonly (Change | undefined)[] {
  const changes: (Change | undefined)[] = [];
  for (;;) {
    const type = reader.number();
    const done = reader.flag();
    reader.skip(4);
    if (done) return changes;
    changes.push(one(type, reader));
  }
}

class Reader {
  constructor(
    private readonly frame: Buffer,
    private at: number,
  ) {}

  number(): number {
    this.at += 4;
    return this.frame.readInt32BE(this.at - 4);
  }

  flag(): boolean {
    this.at += 1;
    return this.frame.readInt8(this.at - 1) !== 0;
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  bytes(): Buffer {
    const length = Math.max(0, this.number());
    this.at += length;
    return this.frame.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.bytes().toString();
  }

  /** Permissions, scheme and id of each entry. */
  skipAcl(): void {
    for (let left = Math.max(0, this.number()); left > 0; left--) {
      this.skip(4);
      this.bytes();
      this.bytes();
    }
  }
}
