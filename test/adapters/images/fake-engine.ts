import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';

export interface Request {
  /** Method and path: `POST /v1.41/images/create`. */
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An engine's two calls on images, for what a real one cannot be made to do at will. */
export interface FakeEngine {
  /** A client that waits so many milliseconds in silence, at most. */
  client(timeoutMs: number): Docker;
  readonly requests: readonly Request[];
  /** What is on the engine, by reference. */
  readonly images: Map<string, { readonly Id: string; readonly RepoDigests: readonly string[] }>;
  /** Answers a pull; may leave it open. */
  onPull(answer: (response: ServerResponse) => void): void;
  /** Calls that the client has not let go of. */
  open(): number;
  close(): Promise<void>;
}

/** Starts one that has no images, and ends each pull at once. */
export async function startFakeEngine(): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-engine-'));
  const requests: Request[] = [];
  const images: FakeEngine['images'] = new Map();
  let pull = (response: ServerResponse): unknown => response.end();
  let open = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://engine');
    let body = '';
    for await (const piece of request) body += String(piece);
    const { method = '', headers } = request;
    const query = Object.fromEntries(url.searchParams);
    requests.push({ call: `${method} ${url.pathname}`, query, headers, body });
    if (method === 'POST') return void pull(response);
    const ref = decodeURIComponent(/\/images\/(.*)\/json$/.exec(url.pathname)?.[1] ?? '');
    const image = images.get(ref);
    response.writeHead(image ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(image ?? { message: `No such image: ${ref}` }));
  };
  const server = createServer((request, response) => {
    open++;
    response.once('close', () => open--);
    void answer(request, response);
  });
  const socketPath = join(folder, 'engine.sock');
  await new Promise<void>(resolve => server.listen(socketPath, resolve));
  return {
    client: timeoutMs => new Docker({ socketPath, version: 'v1.41', timeout: timeoutMs }),
    requests,
    images,
    onPull: next => {
      pull = next;
    },
    open: () => open,
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
