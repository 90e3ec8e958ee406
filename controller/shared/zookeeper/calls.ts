import { performance } from 'node:perf_hooks';
import type { Client } from 'node-zookeeper-client';
import { errorMessage } from '../error-message.js';
import type { Connection } from './connection.js';
import { translate, ZooKeeperError } from './errors.js';

/** Starts one request; the library calls `done` once, or never. */
export type Issue<T> = (client: Client, done: (error: unknown, value: T) => void) => void;

interface Call {
  readonly name: string;
  readonly path: string;
  readonly start: (connection: Connection) => void;
  readonly reject: (error: ZooKeeperError) => void;
  issued: boolean;
}

/** The library's receive path slows down with the number of replies in one read; this many keep it linear. */
const MAX_IN_FLIGHT = 500;

/**
 * Every request of a session goes through here: it waits for a connection and for room, and is answered in any case,
 * by its reply, by the loss of its connection, or by its deadline. A request whose caller gave up is never sent.
 */
export class Calls {
  readonly #waiting = new Set<Call>();
  readonly #inFlight = new Set<Call>();
  readonly #why: () => string;
  #connection: Connection | undefined;
  #closed = false;

  /** @param why says in words why there is no connection. */
  constructor(why: () => string) {
    this.#why = why;
  }

  /**
   * @param deadline on the clock of `performance.now()`.
   * @returns what the request's reply holds; rejects with a {@link ZooKeeperError} otherwise.
   */
  run<T>(name: string, path: string, deadline: number, issue: Issue<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(call);
        this.#inFlight.delete(call);
        act();
        this.#flush();
      };
      const begun = performance.now();
      const timer = setTimeout(() => call.reject(this.#late(call, begun)), Math.max(0, deadline - begun));
      const call: Call = {
        name,
        path,
        issued: false,
        reject: error => finish(() => reject(error)),
        start: connection => {
          const sentAt = performance.now();
          const done = (error: unknown, value: T): void => {
            if (!this.#inFlight.has(call)) return;
            connection.answered(sentAt);
            finish(() => (error ? reject(translate(name, path, error)) : resolve(value)));
          };
          try {
            issue(connection.client, done);
          } catch (error) {
            // The library checks arguments by throwing.
            const words = `${name} ${path}: ${errorMessage(error)}`;
            call.reject(new ZooKeeperError('invalid', words, false, { cause: error }));
          }
        },
      };
      if (this.#closed)
        return call.reject(new ZooKeeperError('closed', `${name} ${path}: the session is closed`));
      this.#waiting.add(call);
      this.#flush();
    });
  }

  attach(connection: Connection): void {
    this.#connection = connection;
    this.#flush();
  }

  /** Rejects what is in flight; what has not been sent keeps waiting for the next connection. */
  detach(reason: string): void {
    this.#connection = undefined;
    for (const { name, path, reject } of [...this.#inFlight])
      reject(
        new ZooKeeperError(
          'connection',
          `${name} ${path}: connection lost before the reply: ${reason}`,
          true,
        ),
      );
  }

  /** Rejects everything, now and later. */
  close(): void {
    this.#closed = true;
    this.#connection = undefined;
    for (const { name, path, reject, issued } of [...this.#inFlight, ...this.#waiting])
      reject(new ZooKeeperError('closed', `${name} ${path}: the session was closed`, issued));
  }

  #flush(): void {
    for (const call of this.#waiting) {
      if (!this.#connection || this.#inFlight.size >= MAX_IN_FLIGHT) return;
      this.#waiting.delete(call);
      this.#inFlight.add(call);
      call.issued = true;
      call.start(this.#connection);
    }
  }

  #late({ name, path, issued }: Call, begun: number): ZooKeeperError {
    const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
    const words = issued ? `no reply for ${seconds} s` : `no connection for ${seconds} s: ${this.#why()}`;
    return new ZooKeeperError(issued ? 'deadline' : 'connection', `${name} ${path}: ${words}`, issued);
  }
}
