import type { Workers } from '../api/mpijob.js';
import { parseCpu, parseMemory } from '../api/quantity.js';

/** What the manifest asks for each of the workers that are alike. */
export interface WorkerNeeds {
  /** Names of further ports that every worker finds free ones for; absent: none. */
  readonly ports?: readonly string[];
  /** CPUs (may be a fraction) and memory in bytes that Swarm keeps for each worker; absent: none. */
  readonly requests?: { readonly cpus?: number; readonly memoryBytes?: number };
}

const NANO = 1_000_000_000;

/** Nothing of what the manifest does not ask for, so that the files of a run stay as they are. */
export function workerNeeds({ ports, resources }: Pick<Workers, 'ports' | 'resources'>): WorkerNeeds {
  const { cpu, memory } = resources.requests;
  const requests = {
    ...(cpu === undefined ? {} : { cpus: parseCpu(cpu) / NANO }),
    ...(memory === undefined ? {} : { memoryBytes: parseMemory(memory) }),
  };
  return {
    ...(ports ? { ports } : {}),
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
  };
}
