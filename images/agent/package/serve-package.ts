import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PackageService } from '../../../controller/shared/protocol/package-service.js';

/**
 * Serves one package by HTTP to clients with its credential.
 * @param file its archive, once it is checked; until then those who ask are kept waiting.
 */
export function servePackage(service: PackageService, file: Promise<string>, host?: string): Server {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url !== `/${service.sha256}`) return empty(response, 404);
    if (!isAllowed(request, service)) return empty(response, 401);
    const path = await file.catch(() => undefined);
    if (path === undefined) return empty(response, 503);
    response.writeHead(200, { 'content-length': service.bytes, 'content-type': 'application/x-tar' });
    await pipeline(createReadStream(path), response);
  };
  return server.listen(service.port, host);
}

/** Of the archives that were put there, perhaps by several controllers and perhaps not to their ends, the one that has the digest. */
export async function wholeArchive({ sha256, bytes }: PackageService, folder: string): Promise<string> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).size === bytes && (await digestOf(path)) === sha256) return path;
  }
  throw new Error(`no archive in ${folder} has the digest ${sha256}`);
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** RFC 7617; compared by digests, which take the same time whatever was guessed. */
function isAllowed({ headers }: IncomingMessage, { credentialSha256 }: PackageService): boolean {
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
  const shown = createHash('sha256').update(Buffer.from(value, 'base64')).digest();
  return scheme === 'Basic' && timingSafeEqual(shown, Buffer.from(credentialSha256, 'hex'));
}

function empty(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
