import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Labels } from '../../controller/core/model/world.js';

/** The kinds of things that an engine lists, as the first word of their path. */
export type Kind = 'services' | 'secrets' | 'configs' | 'networks' | 'containers' | 'volumes';

export interface Thing {
  readonly kind: Kind;
  readonly name: string;
  readonly labels: Labels;
  /** It is being removed already: the engine refuses to do so once more, and it is gone a moment later. */
  readonly going?: true;
}

/** How long a thing that is going still is there. */
const GOING_MS = 400;

export interface EngineWith {
  readonly url: string;
  /** `services ring-workers`, in the order given, without what was removed. */
  left(): readonly string[];
  /** Every request that was no mere reading, as `DELETE /services/x`. */
  readonly writes: readonly string[];
  close(): Promise<void>;
}

const MANAGER = { NodeID: 'node1', LocalNodeState: 'active', ControlAvailable: true };

/**
 * An engine that has these things, answers what is read of them, filters by label, and removes what it is asked to; the id of a
 * thing is its name. Nothing runs in it.
 * @param swarm what it says of its part in a swarm.
 */
export async function engineWith(things: readonly Thing[], swarm: object = MANAGER): Promise<EngineWith> {
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-engine-'));
  const there = [...things];
  const writes: string[] = [];
  const server = createServer(({ method = 'GET', url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://engine');
    const [kind = '', name = ''] = pathname
      .replace(/^\/v[\d.]+/, '')
      .split('/')
      .slice(1);
    if (method === 'GET') return answer(response, read(kind, name, searchParams.get('filters') ?? '{}'));
    writes.push(`${method} ${pathname}`);
    const at = there.findIndex(thing => thing.kind === kind && thing.name === name);
    const found = there[at];
    if (method === 'DELETE' && found?.going) {
      setTimeout(() => there.splice(there.indexOf(found), 1), GOING_MS);
      response.writeHead(409, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ message: `removal of ${name} is already in progress` }));
    }
    if (method === 'DELETE' && at >= 0) there.splice(at, 1);
    response.writeHead(kind === 'services' ? 200 : 204).end();
  });
  const read = (kind: string, name: string, filters: string): unknown => {
    if (kind === 'info') return { Swarm: swarm };
    if (kind === 'swarm') return { Spec: { Labels: {} } };
    const wanted = (JSON.parse(filters) as { readonly label?: readonly string[] }).label ?? [];
    const found = there.filter(
      thing => thing.kind === kind && wanted.every(label => carries(thing.labels, label)),
    );
    if (kind === 'volumes') return { Volumes: found.map(described) };
    if (name === '' || name === 'json') return found.map(described);
    return found.map(described).find(({ Name }) => Name === name);
  };
  const socket = join(folder, 'docker.sock');
  await new Promise<void>(resolve => server.listen(socket, resolve));
  return {
    url: `unix://${socket}`,
    writes,
    left: () => there.map(({ kind, name }) => `${kind} ${name}`),
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

function carries(labels: Labels, wanted: string): boolean {
  const [key = '', value] = wanted.split('=');
  return value === undefined ? labels[key] !== undefined : labels[key] === wanted.slice(key.length + 1);
}

/** In the forms of all kinds at once. */
function described({ name, labels }: Thing) {
  const spec = { Name: name, Labels: labels };
  const container = { Names: [`/${name}`], State: 'running', NetworkSettings: { Networks: {} } };
  return { ID: name, Id: name, Name: name, Labels: labels, Spec: spec, ...container };
}

function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? { message: 'not found' }));
}
