import { readFileSync } from 'node:fs';
import {
  AGENT_ENV,
  type LauncherSecret,
  type RunSpec,
  type WorkerSecret,
} from '../../../controller/shared/protocol/protocol.js';
import type { AgentPaths } from './paths.js';

/** Who this agent is: fixed for the life of the process. */
export interface Identity {
  /** Index of the worker in this container; undefined where no ranks run. */
  readonly worker: number | undefined;
  readonly launcher: boolean;
  readonly task: string;
  readonly node: { readonly id: string; readonly hostname: string };
  readonly spec: RunSpec;
  readonly workerSecret: WorkerSecret | undefined;
  readonly launcherSecret: LauncherSecret | undefined;
  /** Digest credential `user:password` for the run's znodes. */
  readonly credential: string;
}

/**
 * Reads who this agent is from its environment and the files that the controller mounts. Throws with the name of what
 * is missing: a container without them was not started by the controller.
 */
export function identity(env: Readonly<Record<string, string | undefined>>, paths: AgentPaths): Identity {
  const roles = required(env, AGENT_ENV.roles).split(',');
  const launcher = roles.includes('launcher');
  const worker = roles.includes('worker');
  if (!launcher && !worker) throw new Error(`${AGENT_ENV.roles} names no role: ${roles.join(',')}`);
  const spec = readJson<RunSpec>(paths.runSpec);
  if (spec.protocol !== 1)
    throw new Error(`${paths.runSpec}: protocol must be 1, got ${String(spec.protocol)}`);
  const workerSecret = worker ? readJson<WorkerSecret>(paths.workerSecret) : undefined;
  const launcherSecret = launcher ? readJson<LauncherSecret>(paths.launcherSecret) : undefined;
  return {
    worker: worker ? integer(env, AGENT_ENV.slot) - 1 + integer(env, AGENT_ENV.firstIndex) : undefined,
    launcher,
    task: required(env, AGENT_ENV.task),
    node: { id: required(env, AGENT_ENV.node), hostname: required(env, AGENT_ENV.nodeHostname) },
    spec,
    workerSecret,
    launcherSecret,
    credential: launcherSecret?.zookeeper ?? workerSecret?.zookeeper ?? '',
  };
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set: start agents through the controller`);
  return value;
}

function integer(env: Readonly<Record<string, string | undefined>>, name: string): number {
  const text = required(env, name);
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number, got ${text}`);
  return value;
}

/** The files are made by the controller from the same types, so their shape is not checked again. */
function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new Error(`read ${file}: ${error instanceof Error ? error.name : 'unreadable'}`, { cause: error });
  }
}
