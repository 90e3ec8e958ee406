import { type LauncherReport, RUN_ZNODES } from '../../../controller/shared/protocol/protocol.js';
import type { Kept, RunStore } from '../runtime/store.js';

/** Proofs of many workers arrive close together; a report with a hostfile or a fault is not held back. */
const GATHER_MS = 25;

export interface Reporter {
  report(report: LauncherReport): void;
  stop(): void;
}

/** Writes the launcher's report whenever it differs from the last one. */
export function reporter(store: RunStore): Reporter {
  let kept: Kept | undefined;
  let last = '';
  let next: LauncherReport | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    if (next === undefined) return;
    last = JSON.stringify(next);
    if (kept === undefined) kept = store.keep(RUN_ZNODES.launcher, next);
    else kept.set(next);
    next = undefined;
  };
  return {
    report: report => {
      if (JSON.stringify(report) === last) {
        next = undefined;
        return;
      }
      next = report;
      if (report.hostfile !== undefined || report.fault !== undefined || kept === undefined) write();
      else timer ??= setTimeout(write, GATHER_MS);
    },
    stop: () => clearTimeout(timer),
  };
}
