import { given } from '../../shared/given.js';
import { firstFew } from '../../shared/list-words.js';
import type { RunResult } from '../../shared/protocol/protocol.js';
import { starter } from '../desired/start-command.js';
import { type Facts, lowestUnmet } from '../ladder/facts.js';
import type { Disruption } from '../model/disruption.js';
import { WORKER_LOST } from '../model/reason.js';
import type { ReasonName } from '../model/reasons.js';
import type { StopIntent } from '../model/record.js';
import type { RunEnd } from '../model/run-end.js';
import { isTerminal } from '../model/world.js';
import { LOST_WORKER_GRACE_MS, lostWorkers } from '../observed/lost-workers.js';
import type { RunView } from '../observed/run-view.js';
import { endWithoutResult, hasRunUnclaimed, lostWords, unclaimedEnd } from './launcher-end.js';
import { ended, type RunProgress, waitThen } from './progress.js';
import { checkPlacement } from './rank-placement.js';
import { stopWords } from './stop.js';
import { cutOff, unreachableNode, whileUnreachable } from './unreachable.js';

/** Workers report their ranks within milliseconds of their start; a report this late is lost. */
const PLACEMENT_GRACE_MS = 10_000;
/** ZooKeeper may be slow for a while. */
const UNREADABLE_GRACE_MS = 60_000;
/** An engine that stops is missed after three heartbeats. */
const DISRUPTION_GRACE_MS = 30_000;
/** A result may arrive after Swarm's word that the container ended. */
const RESULT_GRACE_MS = 5_000;

/** Whether a run has ended, and how. First match wins. */
export function runEnd(
  view: RunView,
  facts: Facts,
  intent: StopIntent | undefined,
  disruption?: Disruption,
): RunProgress {
  if (view.unreadable !== undefined)
    return intent ? endOfStop(view, facts, intent) : whileUnreadable(view, facts.started);
  const result = view.znodes?.result;
  // A run that ended before it was asked to stop ended by itself, however late we notice
  if (result && intent && view.znodes?.stopping) return ended(stopped(intent, view, facts, result));
  if (result && mayBeDisrupted(view, result, disruption)) return whileDisruptionPends(view, result);
  if (result) return fromResult(view, result);
  // Before the start nothing runs that would have to be stopped in order
  // The token may be claimed at any moment, so a run that has one is stopped in order
  const mayStart = facts.started || view.znodes?.started === true;
  if (!mayStart && intent) return ended(stopped(intent, view, facts));
  if (!facts.started && facts.fault) return ended({ outcome: 'Failed', ...facts.fault });
  if (hasRunUnclaimed(view)) {
    const end = intent ? stopped(intent, view, facts) : unclaimedEnd(view);
    return waitThen(view, { reason: 'ZnodesLost', message: end.message, graceMs: RESULT_GRACE_MS }, end);
  }
  if (!mayStart && isForgotten(view)) {
    const message = `the run's znodes are gone, so it is unknown whether ${starter(view.job)} was started`;
    const end: RunEnd = { outcome: 'Failed', reason: 'ZnodesLost', message };
    return waitThen(view, { reason: 'ZnodesLost', message, graceMs: RESULT_GRACE_MS }, end);
  }
  if (!mayStart) return { kind: 'open' };
  const node = unreachableNode(view);
  if (node) return whileUnreachable(view, node, intent && { intent, end: stopped(intent, view, facts) });
  if (launcherEnded(view)) {
    const end = endWithoutResult(view);
    const asked = intent && !(end.outcome === 'Succeeded' && !view.znodes?.stopping);
    return waitThen(
      view,
      { reason: 'ResultPending', message: lostWords(view), graceMs: RESULT_GRACE_MS },
      asked ? stopped(intent, view, facts) : end,
    );
  }
  return intent ? endOfStop(view, facts, intent) : { kind: 'open' };
}

/** The launcher was asked to end the command, and has a while for it. */
function endOfStop(view: RunView, facts: Facts, intent: StopIntent): RunProgress {
  const end = stopped(intent, view, facts);
  if (!view.services.launcher && !facts.started) return ended(end);
  const { graceMs } = view.installation;
  const message = `stopping ${starter(view.job)}: ${stopWords(intent, view.record)}; what is left after ${graceMs / 1_000} s is killed`;
  return waitThen(view, { reason: 'Stopping', message, graceMs: graceMs + RESULT_GRACE_MS }, end);
}

/**
 * A program of the run has made its znodes so that they cannot be read, or ZooKeeper is slow with them. Nothing counts as
 * absent: the command goes on, and its end is seen by its container's. A run that has not started cannot start so.
 */
function whileUnreadable(view: RunView, started: boolean): RunProgress {
  const message = `the znodes of run ${view.run.id} cannot be read: ${view.unreadable}; see what its program writes to ZooKeeper`;
  const wait = { reason: 'RunUnreadable', message } as const;
  if (started && !launcherEnded(view)) return { kind: 'wait', ...wait };
  const exitCode = view.launcherTask?.exitCode;
  const end: RunEnd = { outcome: 'Failed', ...wait, ...given({ exitCode }) };
  return waitThen(view, { ...wait, graceMs: UNREADABLE_GRACE_MS }, end);
}

/** Permission to start may have been given under znodes that are gone: it must not be given again for the same run. */
export function isForgotten({ znodes, unreadable, run }: RunView): boolean {
  return !znodes && unreadable === undefined && run.phases['hostfile-written'] !== undefined;
}

function fromResult(view: RunView, result: RunResult): RunProgress {
  const { exitCode } = result;
  if (result.askedBy === 'silence') return ended(cutOff(view, result));
  if (exitCode !== 0 || saysDaemonLost(result)) return fromFailure(view, result);
  const exited = `${starter(view.job)} exited with code 0`;
  const placement = checkPlacement(view.job, view.znodes?.placements ?? []);
  switch (placement.verdict) {
    case 'right':
      return ended({
        outcome: 'Succeeded',
        exitCode,
        reason: 'Completed',
        message: exited,
      });
    case 'wrong':
      return ended({
        outcome: 'Failed',
        exitCode,
        reason: 'RanksMisplaced',
        message: `${exited}, but ${placement.message}`,
      });
    case 'incomplete':
      return waitThen(
        view,
        { reason: 'PlacementPending', message: placement.message, graceMs: PLACEMENT_GRACE_MS },
        {
          outcome: 'Failed',
          exitCode,
          reason: 'RanksMisplaced',
          message: `${exited}, but ${placement.message}`,
        },
      );
    default:
      return placement satisfies never;
  }
}

/** The engine asked the command to end, and Swarm's lists do not say why yet; without the service, a person removed it. */
function mayBeDisrupted(
  { services }: RunView,
  { askedBy, exitCode }: RunResult,
  disruption: Disruption | undefined,
): boolean {
  return askedBy === 'engine' && exitCode !== 0 && !disruption && services.launcher !== undefined;
}

function whileDisruptionPends(view: RunView, result: RunResult): RunProgress {
  const message = `the engine asked ${starter(view.job)} to end; waiting for Swarm to say why`;
  const grace = { reason: 'DisruptionPending', message, graceMs: DISRUPTION_GRACE_MS } as const;
  const end = fromFailure(view, result);
  return end.kind === 'ended' ? waitThen(view, grace, end.end) : end;
}

function fromFailure(view: RunView, result: RunResult): RunProgress {
  const { exitCode, signal, tail } = result;
  const how = signal ? `was ended by ${signal}` : `exited with code ${exitCode}`;
  const message = `${starter(view.job)} ${how}${words(tail)}`;
  const failed = (reason: ReasonName, said: string): RunEnd => ({
    outcome: 'Failed',
    exitCode,
    reason,
    message: said,
  });
  const lost = lostWorkers(view).map(loss => loss.message);
  if (lost.length > 0)
    return ended(failed(WORKER_LOST, [...firstFew(lost, { noun: 'worker' }), message].join('; ')));
  const missing = exitCode === 127 || /unable to find the specified executable/.test(tail);
  const end = saysDaemonLost(result)
    ? failed(WORKER_LOST, `a worker was lost (Swarm does not say which); ${message}`)
    : failed(missing ? 'CommandNotFound' : 'NonZeroExitCode', message);
  if (!saysConnectionLost(result)) return ended(end);
  const waiting = `${starter(view.job)} ${how} and reports a lost worker; waiting for Swarm to say which`;
  return waitThen(view, { reason: 'LossPending', message: waiting, graceMs: LOST_WORKER_GRACE_MS }, end);
}

/** How a run ended that was asked to. */
function stopped(intent: StopIntent, view: RunView, facts: Facts, result?: RunResult): RunEnd {
  const where = intent === 'start-deadline' ? missing(facts) : '';
  return {
    ...STOP_ENDS[intent],
    stopped: intent,
    message: stopWords(intent, view.record) + where,
    ...given({ exitCode: result?.exitCode }),
  };
}

/** How a run ends that is ended for a reason: what the controller makes of it, and what a plan foresees. */
export const STOP_ENDS = {
  deleted: { outcome: 'Cancelled', reason: 'ManifestRemoved' },
  superseded: { outcome: 'Cancelled', reason: 'Superseded' },
  cancelled: { outcome: 'Cancelled', reason: 'CancelRequested' },
  suspended: { outcome: 'Cancelled', reason: 'Suspended' },
  deadline: { outcome: 'Failed', reason: 'DeadlineExceeded' },
  'start-deadline': { outcome: 'Failed', reason: 'StartDeadlineExceeded' },
  'worker-lost': { outcome: 'Failed', reason: WORKER_LOST },
} satisfies Record<StopIntent, Pick<RunEnd, 'outcome' | 'reason'>>;

/**
 * mpirun's own words when it ends a job for that. Its exit code cannot be relied on: Open MPI 5.0.7 kills the other ranks and
 * exits with 0 when the ranks of the lost worker had ended before.
 */
function saysDaemonLost({ tail }: RunResult): boolean {
  return /\b(ORTE|PRTE) has lost communication with a remote daemon/.test(tail);
}

/** mpirun notices that a connection broke before Swarm's managers learn that a container ended, or a node is gone. */
function saysConnectionLost(result: RunResult): boolean {
  return saysDaemonLost(result) || /connection (to|with) .*(closed|lost|reset)/i.test(result.tail);
}

/** `, it did not become registered: worker 1 is not registered`: the first rung that is missing, and what it says. */
function missing(facts: Facts): string {
  const rung = lowestUnmet(facts);
  if (!rung) return '';
  const reasons = firstFew(rung.reasons.map(({ message }) => message));
  return `, it did not become ${rung.phase}: ${reasons.join('; ')}`;
}

function launcherEnded({ services, launcherTask, znodes }: RunView): boolean {
  // Swarm's list no longer has the container that has claimed the start
  const gone = launcherTask === undefined && znodes?.claim !== undefined;
  return !services.launcher || gone || (launcherTask !== undefined && isTerminal(launcherTask));
}

/**
 * What mpirun or the program said, on one line of at most 600 characters. mpirun puts its own words into a frame of dashes; where
 * there is one, the first counts, because what follows are consequences. Otherwise the last lines count.
 */
function words(tail: string): string {
  const lines = tail.split('\n').map(line => line.replaceAll('\0', '').trim());
  const frame = lines.findIndex(isRule);
  const after = lines.slice(frame + 1);
  const end = after.findIndex(isRule);
  const chosen =
    frame < 0 ? lines.filter(line => line !== '').slice(-5) : after.slice(0, end < 0 ? undefined : end);
  const said = chosen.filter(line => line !== '').join(' ');
  return said === '' ? '' : `: ${said.length > 600 ? `${said.slice(0, 600)}…` : said}`;
}

/** A rank's last words may precede it on the line, cut short: Open MPI 5 does not wait for the end of a line. */
function isRule(line: string): boolean {
  return /[-=*]{20,}$/.test(line);
}
