export interface KeyPair {
  /** OpenSSH private key file content. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, no comment. */
  readonly publicKey: string;
}

/** Time and randomness, so that the core has none. */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never jumps, whatever happens to the other one: for times that must have passed. */
  elapsed(): number;
  /** Eight random lower-case hexadecimal digits. */
  uid(): string;
  keyPair(): KeyPair;
}
