import type { RunResult } from '../../shared/protocol/protocol.js';
import { starter } from '../desired/start-command.js';
import type { StopIntent } from '../model/record.js';
import type { RunEnd } from '../model/run-end.js';
import { indexed } from '../model/swarm-index.js';
import { isTerminal, type NodeView } from '../model/world.js';
import type { RunView } from '../observed/run-view.js';
import { type RunProgress, waitThen } from './progress.js';

/** A node may come back after a short cut; Swarm itself keeps a lost node's tasks as running for hours. */
const GRACE_MS = 60_000;
/** Between the moment at which the launcher has certainly ended its command, and that at which this is relied on. */
const MARGIN_MS = 30_000;

/**
 * The node of a launcher that has, or may have, started the command, while nothing is heard of either. What Swarm says of the
 * container then is old, and after a day of silence it is no more than a guess: the task is orphaned, or gone.
 */
export function unreachableNode({ launcherTask, run, swarm, znodes }: RunView): NodeView | undefined {
  if (znodes?.launcher) return undefined;
  if (launcherTask && isTerminal(launcherTask) && launcherTask.state !== 'orphaned') return undefined;
  const id = launcherTask?.node ?? run.launcherNode;
  const node = id === undefined ? undefined : indexed(swarm).node(id);
  return node?.reachable === false ? node : undefined;
}

/**
 * The run of a launcher that cannot be reached. Its command may be running, so nothing that would start another one follows until
 * that is over: by the manifest's word, or by a person's.
 * @param stop why the run should end and how, where it should.
 */
export function whileUnreachable(
  view: RunView,
  node: NodeView,
  stop: { readonly intent: StopIntent; readonly end: RunEnd } | undefined,
): RunProgress {
  const message = `the launcher's node ${node.hostname} is unreachable, and its agent is silent`;
  const reason = 'LauncherUnreachable';
  const lost: RunEnd = { outcome: 'Failed', reason: 'LauncherLost', message };
  const end = stop?.end ?? lost;
  if (stop && mayEnd(view, stop.intent)) return waitThen(view, { reason, message, graceMs: GRACE_MS }, end);
  const seconds = view.run.unreachableSeconds;
  if (seconds === undefined) return { kind: 'wait', reason, message: `${message}; ${waitWords(view)}` };
  const graceMs = seconds * 1_000 + view.installation.graceMs + MARGIN_MS;
  const words = `${starter(view.job)} ends itself there after ${seconds} s without ZooKeeper; nothing else starts for ${graceMs / 1_000} s`;
  return waitThen(view, { reason, message: `${message}; ${words}`, graceMs }, end);
}

/** No other attempt follows such an end, unless a person runs the job again: that is their word that it may. */
function mayEnd({ record, run }: RunView, intent: StopIntent): boolean {
  switch (intent) {
    case 'deleted':
    case 'cancelled':
    case 'deadline':
    case 'start-deadline':
      return true;
    case 'superseded':
      return record.manifest.spec.runPolicy.rerun !== run.rerun;
    case 'suspended':
    case 'worker-lost':
      return false;
    default:
      return intent satisfies never;
  }
}

function waitWords({ job }: RunView): string {
  return `${starter(job)} may be running there, so nothing else starts until the node is back, is removed from the swarm, or the job is rerun`;
}

/** How the run of a command ended that its launcher has ended for the silence of ZooKeeper. */
export function cutOff({ job, run }: RunView, { exitCode }: RunResult): RunEnd {
  const message = `the launcher ended ${starter(job)} because ZooKeeper did not answer for ${run.unreachableSeconds} s`;
  const disruption = { reason: 'LauncherUnreachable', message } as const;
  return { outcome: 'Failed', reason: 'LauncherLost', message, exitCode, disruption };
}
