import type { KeyPair, Runtime } from '../../controller/ports/runtime.js';

/** A clock that stands still until it is cranked, and ids and keys that are counted. */
export class FakeRuntime implements Runtime {
  #now = 1_700_000_000_000;
  #elapsed = 0;
  #uids = 0;
  #keys = 0;

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  /** The clock is set to another time; no time passes. */
  jump(ms: number): void {
    this.#now += ms;
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  uid(): string {
    this.#uids += 1;
    return this.#uids.toString(16).padStart(8, '0');
  }

  keyPair(): KeyPair {
    this.#keys += 1;
    return { privateKey: `private key ${this.#keys}`, publicKey: `ssh-ed25519 PUBLIC${this.#keys}` };
  }
}
