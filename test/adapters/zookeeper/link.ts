import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Frames } from '../../../controller/shared/zookeeper/frames.js';

/** What becomes of one reply of the server: passed on, changed, or `undefined` for lost together with its connection. */
export type Tamper = (reply: Buffer, xid: number) => Buffer | undefined;

/** A link to a ZooKeeper server on loopback that can be cut, closed for new connections, and made to lie. */
export interface Link {
  readonly port: number;
  /** Sees every reply but the first of a connection; undefined: all pass. */
  tamper: Tamper | undefined;
  /** New connections are dropped. */
  refusing: boolean;
  /** What is held back, of old connections and new ones; once it is not any more, all of it arrives, in order. */
  hold: 'nothing' | 'replies' | 'everything';
  /** Connections accepted so far. */
  readonly accepted: number;
  cut(): void;
  close(): Promise<void>;
}

export async function startLink(target: number): Promise<Link> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let hold: Link['hold'] = 'nothing';
  let held: (() => void)[] = [];
  const pass = (kind: 'request' | 'reply', send: () => void): void => {
    if (hold === 'everything' || (hold === 'replies' && kind === 'reply')) held.push(send);
    else send();
  };
  const server = createServer(client => {
    accepted++;
    if (link.refusing) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    let greeted = false;
    const end = (): void => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    const frames = new Frames(frame => {
      const passed = greeted && link.tamper ? link.tamper(Buffer.from(frame), frame.readInt32BE(4)) : frame;
      greeted = true;
      if (!passed) return end();
      pass('reply', () => void (client.destroyed || client.write(passed)));
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', chunk => pass('request', () => void (upstream.destroyed || upstream.write(chunk))));
    upstream.on('data', chunk => frames.push(chunk));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const link = {
    port: (server.address() as AddressInfo).port,
    tamper: undefined as Tamper | undefined,
    refusing: false,
    get hold() {
      return hold;
    },
    set hold(wanted: Link['hold']) {
      hold = wanted;
      const waiting = held;
      held = [];
      if (wanted === 'nothing') for (const send of waiting) send();
      else held = waiting;
    },
    get accepted() {
      return accepted;
    },
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
  return link;
}
