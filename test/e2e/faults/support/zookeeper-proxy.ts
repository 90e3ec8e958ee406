import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Frames } from '../../../../controller/shared/zookeeper/frames.js';
import type { Effect, Trap } from './effect.js';
import { xidOf, zooKeeperEffect } from './zookeeper-requests.js';

export interface ZooKeeperProxy {
  /** `127.0.0.1:PORT`: where the controller is told that ZooKeeper is. */
  readonly hosts: string;
  /** While true, connections are accepted and stay open, and nothing gets through in either direction. */
  blackHole: boolean;
  close(): Promise<void>;
}

export interface ZooKeeperProxyOptions {
  /** Port of the server on loopback. */
  readonly target: number;
  /** Znode below which the controller keeps everything. */
  readonly root: string;
  readonly trap: Trap;
}

/** Stands between the controller and ZooKeeper, and asks the trap about every request that changes something. */
export async function startZooKeeperProxy(options: ZooKeeperProxyOptions): Promise<ZooKeeperProxy> {
  const sockets = new Set<Socket>();
  const proxy = { blackHole: false };
  const server = createServer(client => {
    const upstream = connect(options.target, '127.0.0.1');
    const end = (): void => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    join(client, upstream, { ...options, end, isOpen: () => !proxy.blackHole });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, {
    hosts: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

interface Joint {
  readonly root: string;
  readonly trap: Trap;
  readonly end: () => void;
  readonly isOpen: () => boolean;
}

function join(client: Socket, upstream: Socket, { root, trap, end, isOpen }: Joint): void {
  const pending = new Map<number, Effect>();
  const onRequest = pastGreeting(frame => {
    const effect = zooKeeperEffect(frame, root);
    if (!effect) return true;
    if (trap.out(effect) === 'drop') return false;
    pending.set(xidOf(frame), effect);
    return true;
  });
  const onReply = pastGreeting(frame => {
    const effect = pending.get(xidOf(frame));
    pending.delete(xidOf(frame));
    return !effect || trap.back(effect) === 'pass';
  });
  const pump = (to: Socket, mayPass: (frame: Buffer) => boolean): ((chunk: Buffer) => void) => {
    let cut = false;
    const frames = new Frames(frame => {
      if (cut || !isOpen()) return;
      if (mayPass(frame)) to.write(frame);
      else {
        cut = true;
        end();
      }
    });
    return chunk => frames.push(chunk);
  };
  client.on('data', pump(upstream, onRequest));
  upstream.on('data', pump(client, onReply));
}

/** The first frame of each direction is the handshake, which has another form. */
function pastGreeting(mayPass: (frame: Buffer) => boolean): (frame: Buffer) => boolean {
  let greeted = false;
  return frame => {
    if (greeted) return mayPass(frame);
    greeted = true;
    return true;
  };
}
