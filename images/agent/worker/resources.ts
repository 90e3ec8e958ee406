import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { given } from '../../../controller/shared/given.js';
import type { Registration } from '../../../controller/shared/protocol/protocol.js';

/** Version 1 writes "no limit" as the largest page-aligned number; no machine has an exbibyte. */
const NO_LIMIT = 2 ** 60;

/** What is free of the disk below a folder for a user other than root, in bytes; undefined where it cannot be asked for. */
export function freeDisk(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined; // statfs is forbidden or unknown here: a registration tells what is known
  }
}

/**
 * What the container's cgroup allows: CPUs (may be a fraction) and memory in bytes, each left out where unlimited or
 * unknown. Reads cgroup version 2 (`cpu.max`, `memory.max`) and version 1 (`cpu.cfs_*`, `memory.limit_in_bytes`);
 * https://docs.kernel.org/admin-guide/cgroup-v2.html.
 */
export function resources(cgroup = '/sys/fs/cgroup'): Registration['resources'] {
  const cpus = cpusV2(read(cgroup, 'cpu.max')) ?? cpusV1(cgroup);
  const memory = Number(
    read(cgroup, 'memory.max') ?? read(cgroup, 'memory/memory.limit_in_bytes') ?? Number.NaN,
  );
  return {
    ...given({ cpus }),
    ...(memory > 0 && memory < NO_LIMIT ? { memoryBytes: memory } : {}),
  };
}

function cpusV2(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').split(' ').map(Number);
  return ratio(quota, period);
}

function cpusV1(cgroup: string): number | undefined {
  return ratio(Number(read(cgroup, 'cpu/cpu.cfs_quota_us')), Number(read(cgroup, 'cpu/cpu.cfs_period_us')));
}

/** Undefined for "max" (not a number) and for -1, version 1's way to say unlimited. */
function ratio(quota: number | undefined, period: number | undefined): number | undefined {
  if (quota === undefined || period === undefined) return undefined;
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function read(cgroup: string, name: string): string | undefined {
  try {
    return readFileSync(join(cgroup, name), 'utf8').trim();
  } catch {
    return undefined; // the other cgroup version, or a limit this kernel does not have
  }
}
