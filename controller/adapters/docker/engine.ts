import Docker from 'dockerode';
import { PortError } from '../../ports/errors.js';
import { errorMessage } from '../../shared/error-message.js';

/** Engine API of Docker 20.10 and every later one (https://docs.docker.com/reference/api/engine/version/v1.41/). */
const API_VERSION = 'v1.41';
/** docker-modem waits forever by default; a hung engine must not hang a tick. */
const TIMEOUT_MS = 20_000;

/** The ports that engines usually have, without TLS and with it. */
const USUAL_PORT = { http: 2375, https: 2376 } as const;

/** A client for `unix:///path`, `tcp://host:port` or `http(s)://host:port`. Does not connect yet. */
export function engineClient(url: string): Docker {
  const common = { version: API_VERSION, timeout: TIMEOUT_MS } as const;
  if (url.startsWith('unix://')) return new Docker({ ...common, socketPath: url.slice('unix://'.length) });
  if (!/^(tcp|https?):\/\//.test(url)) {
    throw new PortError('blocked', `docker engine ${url}: expected unix://, tcp://, http:// or https://`);
  }
  // URL drops the default port of a scheme it knows: 80 and 443
  const { hostname, port } = new URL(url.replace(/^\w+:/, 'engine:'));
  const protocol = url.startsWith('https:') ? 'https' : 'http';
  return new Docker({ ...common, host: hostname, port: Number(port || USUAL_PORT[protocol]), protocol });
}

/**
 * The same engine for streams, which are silent while nothing happens or while the engine works.
 * @param silenceMs longest silence, in milliseconds; no limit by default.
 */
export function patient(docker: Docker, silenceMs?: number): Docker {
  const modem: unknown = Object.create(docker.modem as object, { timeout: { value: silenceMs } });
  return Object.create(docker, { modem: { value: modem } }) as Docker;
}

/** Status code of the engine's answer, or undefined where there was none. */
export function statusCode(error: unknown): number | undefined {
  return isRecord(error) && typeof error['statusCode'] === 'number' ? error['statusCode'] : undefined;
}

/** The engine's own words, without docker-modem's decoration `(HTTP code 404) no such service - …`. */
export function words(error: unknown): string {
  if (isRecord(error) && isRecord(error['json']) && typeof error['json']['message'] === 'string') {
    return error['json']['message'].trim();
  }
  const message = errorMessage(error);
  return message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

/**
 * What a failed call means: a refusal needs a person, anything else may pass by itself.
 * @param what the call and its object: "create service ring-1-launcher".
 */
export function portError(what: string, error: unknown): PortError {
  const code = statusCode(error);
  const refused =
    code !== undefined && code >= 400 && code < 500 && code !== 404 && code !== 409 && code !== 408;
  const status = code === undefined ? '' : `${code} `;
  return new PortError(refused ? 'blocked' : 'retry', `${what}: ${status}${words(error)}`, { cause: error });
}

/** Runs one call and translates its failure; the codes listed count as success. */
export async function call<T>(
  what: string,
  fn: () => Promise<T>,
  success: readonly number[] = [],
): Promise<T | undefined> {
  try {
    return await fn();
  } catch (error) {
    const code = statusCode(error);
    if (code !== undefined && success.includes(code)) return undefined;
    throw portError(what, error);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
