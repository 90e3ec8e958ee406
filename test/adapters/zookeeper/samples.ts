import type { JobRecord } from '../../../controller/core/model/record.js';
import type { RunDirectory } from '../../../controller/shared/protocol/program-records.js';
import type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
} from '../../../controller/shared/protocol/protocol.js';
import { freshRecord, job } from '../../core/build.js';

export const directory: RunDirectory = {
  nodes: { n1: { address: '192.168.90.11', rack: 'r1', dataCenter: 'east' }, n2: {} },
  jobMaster: '10.0.0.5:2181/mpiswarm/runs/ring-0a1b2c3d-1',
};

export function registration(index: number, task = `task-${index}`): Registration {
  return {
    index,
    task,
    address: `10.0.1.${index + 2}`,
    port: 2022,
    node: { id: 'n1', hostname: 'node-1' },
    slots: 1,
    resources: {},
  };
}

export const report: LauncherReport = {
  task: 'task-l',
  address: '10.0.1.9',
  node: { id: 'n1', hostname: 'node-1' },
  ssh: { '0': { ok: true, address: '10.0.1.2', task: 'task-0' } },
};

export const claim: Claim = { task: 'task-l', workers: ['task-0'], nonce: 'abc', startedAt: 1 };

export const result: RunResult = {
  task: 'task-l',
  exitCode: 7,
  startedAt: 1,
  endedAt: 2,
  stdoutBytes: 3,
  stderrBytes: 4,
  tail: 'the end',
};

export function placement(worker: number, ranks: readonly number[]): Placement {
  return { worker, task: `task-${worker}`, ranks };
}

export function jobRecord(key: string, generation = 1): JobRecord {
  return { ...freshRecord(job()), key, generation };
}
