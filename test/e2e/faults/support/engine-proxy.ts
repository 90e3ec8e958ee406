import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Effect, Trap } from './effect.js';

export interface EngineProxy {
  /** `unix:///…`: where the controller is told that the engine is. */
  readonly url: string;
  /** How often each kind of request came: `GET nodes`, `POST images`. */
  readonly asked: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer | undefined;
}

/**
 * Stands between the controller and an engine's socket, and asks the trap about every request that changes something.
 * Reads, event streams and image transfers pass as they are.
 */
export async function startEngineProxy(socket: string, engine: string, trap: Trap): Promise<EngineProxy> {
  /** Names by id: what is removed is named by its id alone. */
  const names = new Map<string, string>();
  const asked = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const collection = (incoming.url ?? '').replace(/^\/v[0-9.]+/, '').split(/[/?]/)[1] ?? '';
    const what = `${incoming.method} ${collection}`;
    asked.set(what, (asked.get(what) ?? 0) + 1);
    void serve({ incoming, outgoing, engine, trap, names }).catch(() => outgoing.destroy());
  });
  // An engine takes as long as it takes to answer
  server.requestTimeout = 0;
  // Nor does it close a connection that is idle, in the moment in which the next request comes on it
  server.keepAliveTimeout = 0;
  server.listen(socket);
  await once(server, 'listening');
  return {
    url: `unix://${socket}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly engine: string;
  readonly trap: Trap;
  readonly names: Map<string, string>;
}

async function serve({ incoming, outgoing, engine, trap, names }: Passing): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const small = method !== 'GET' && /json/.test(incoming.headers['content-type'] ?? '');
  const body = small ? await all(incoming) : undefined;
  const effect = engineEffect({ method, path: url.replace(/^\/v[0-9.]+/, ''), body }, names);
  if (effect && trap.out(effect) === 'drop') return void incoming.socket.destroy();
  const onward = request({ socketPath: engine, path: url, method, headers: incoming.headers, agent: false });
  if (body) onward.end(body);
  else incoming.pipe(onward);
  outgoing.once('close', () => onward.destroy());
  const [reply] = (await once(onward, 'response')) as [IncomingMessage];
  if (!effect) {
    outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
    reply.once('error', () => outgoing.destroy());
    reply.pipe(outgoing);
    return;
  }
  const answer = await all(reply);
  learn(answer, effect, names);
  if (trap.back(effect) === 'drop') return void incoming.socket.destroy();
  outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
  outgoing.end(answer);
}

/** What a request changes; undefined where it changes nothing, or nothing but this engine's store of images. */
function engineEffect({ method, path, body }: Call, names: ReadonlyMap<string, string>): Effect | undefined {
  const [, collection = '', id = '', verb = ''] = (path.split('?')[0] ?? '').split('/');
  if (method === 'GET' || method === 'HEAD' || collection === 'images' || collection === 'build')
    return undefined;
  const thing = collection.replace(/s$/, '');
  if (method === 'DELETE') {
    const name = names.get(id) ?? id;
    return { on: 'engine', kind: `remove ${thing}${roleOf(thing, name)}`, about: name };
  }
  if (id !== 'create') return { on: 'engine', kind: `${verb || id} ${thing}`, about: names.get(id) ?? id };
  const { Name = '' } = JSON.parse(body?.toString() ?? '{}') as { readonly Name?: string };
  return { on: 'engine', kind: `create ${thing}${roleOf(thing, Name)}`, about: Name };
}

function roleOf(thing: string, name: string): string {
  if (thing !== 'service' && thing !== 'secret') return '';
  const role = /-(launcher|workers?)$/.exec(name)?.[1] ?? (name.startsWith('mpiswarm-agent-') ? 'agent' : '');
  return role === '' ? '' : ` ${role}`;
}

function learn(answer: Buffer, { kind, about }: Effect, names: Map<string, string>): void {
  if (!kind.startsWith('create ')) return;
  const { ID, Id } = JSON.parse(answer.toString()) as { readonly ID?: string; readonly Id?: string };
  const id = ID ?? Id;
  if (id !== undefined) names.set(id, about);
}

async function all(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
