import type { Workers } from '../../api/types/mpijob.js';
import { parseCpu, parseMemory } from '../../api/types/quantity.js';
import { given } from '../../shared/given.js';
import type { WorkerNeeds } from '../../shared/protocol/protocol.js';

const NANO = 1_000_000_000;

/** Nothing of what the manifest does not ask for, so that the files of a run stay as they are. */
export function workerNeeds({ ports, resources }: Pick<Workers, 'ports' | 'resources'>): WorkerNeeds {
  const { cpu, memory } = resources.requests;
  const requests = {
    ...(cpu === undefined ? {} : { cpus: parseCpu(cpu) / NANO }),
    ...(memory === undefined ? {} : { memoryBytes: parseMemory(memory) }),
  };
  return {
    ...given({ ports }),
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
  };
}
