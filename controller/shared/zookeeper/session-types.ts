import type { Acl } from './acl.js';

export interface SessionOptions {
  /** `host:port[,host:port]`; names are resolved at each attempt to connect. */
  readonly hosts: string;
  /** Session timeout asked for; the server may give another one. */
  readonly timeoutMs: number;
  /** `user:password`, presented by digest authentication before anything else on every connection. */
  readonly credential: string;
  /** How long a call may take, waiting for a connection included. Default 6,000 ms. */
  readonly callDeadlineMs?: number;
  /** One line per change of the connection. */
  readonly log?: (message: string) => void;
}

/** `lost`: no connection, the session may live on at the server. `expired`: its ephemeral znodes are gone. */
export type SessionState = 'connected' | 'lost' | 'expired';

export interface Znode {
  readonly data: Buffer;
  readonly version: number;
  /** Transaction that created the znode, 16 hexadecimal digits: two of one path tell a re-created znode apart. */
  readonly czxid: string;
  readonly ephemeral: boolean;
  /** The ephemeral znode was made by this session, or by an expired one that this object held before. */
  readonly mine: boolean;
}

export interface CreateOptions {
  readonly acl: Acl;
  readonly ephemeral?: boolean;
  readonly fence?: Fence | undefined;
}

export type Op =
  | {
      readonly op: 'create';
      readonly path: string;
      readonly data: Uint8Array;
      readonly acl: Acl;
      readonly ephemeral?: boolean;
    }
  | { readonly op: 'set'; readonly path: string; readonly data: Uint8Array; readonly version?: number }
  | { readonly op: 'remove'; readonly path: string; readonly version?: number }
  | { readonly op: 'check'; readonly path: string; readonly version: number };

/**
 * What must hold for a write: all of it is checked in one transaction with the write, which otherwise rejects `fenced` and
 * changes nothing. Asked for again at each try; what it throws ends the call.
 */
export type Fence = () => readonly Extract<Op, { readonly op: 'check' }>[];

export interface EphemeralHandle {
  /** The data wanted from now on. Calls that come faster than they can be written are coalesced into the last. */
  set(data: Uint8Array): void;
  /** Resolves when the znode holds the data given last; rejects when released or closed before. */
  written(): Promise<void>;
  /** Stops keeping the znode, and removes it. */
  release(): Promise<void>;
}
