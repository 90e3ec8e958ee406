export interface RegistryOptions {
  /** `host:port[,host:port]` */
  readonly hosts: string;
  /** Absolute path of our root znode. Default `/mpiswarm`. */
  readonly root?: string;
  /** `user:password`; the password also derives the runs' credentials. */
  readonly credential: string;
  readonly timeoutMs: number;
  /** The server is the embedded one: it is closed to strangers, and each run has a quota there. */
  readonly embedded?: { readonly warn: (message: string) => void };
  readonly log?: (message: string) => void;
}
