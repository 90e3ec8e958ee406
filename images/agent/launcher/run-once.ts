import type { Writable } from 'node:stream';
import { given } from '../../../controller/shared/given.js';
import type { Claim, RunResult } from '../../../controller/shared/protocol/protocol.js';
import { type CommandEnd, type RunningCommand, startCommand } from '../process/child-process.js';
import type { OutputBudget } from '../process/output-budget.js';
import type { Identity } from '../runtime/identity.js';
import type { Log } from '../runtime/log.js';
import type { RunStore } from '../runtime/store.js';
import { runResult, writeResult } from './result.js';
import { claimStart } from './start.js';

export interface RunOnceOptions {
  readonly identity: Identity;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Swarm tasks of the workers in the hostfile, by worker index. */
  readonly workers: readonly string[];
  /** Environment known only at the start, over what the run's specification gives. */
  readonly startEnv: Readonly<Record<string, string>>;
  readonly store: RunStore;
  readonly log: Log;
  /** The container's standard output; others write to it too. */
  readonly stdout: Writable;
  readonly budget: OutputBudget;
  /** Random, of this process. */
  readonly nonce: string;
  /**
   * Done between the end of the command and the writing of its result; does not fail.
   * @param ending the container was asked to end.
   */
  readonly beforeResult: (ending: AbortSignal) => Promise<void>;
  /** Ends the attempt while the command is not claimed yet. */
  readonly signal: AbortSignal;
  /** The claim took so long that others no longer count on it: the command is not started. */
  readonly isCutOff: () => boolean;
}

type AskedBy = NonNullable<RunResult['askedBy']>;

export interface RunEnd {
  readonly result: RunResult;
  /** Whether the result reached ZooKeeper; Swarm's task status has the exit code in any case. */
  readonly written: boolean;
}

export interface Refused {
  /** Why the command is not started here, for a person. */
  readonly refused: string;
}

export interface RunOnce {
  readonly ended: Promise<RunEnd | Refused>;
  /**
   * Passes a signal of the engine on to the command; false while it is not started. SIGTERM is followed by SIGKILL after the grace
   * time; once the command has ended it ends the wait for a ZooKeeper that is away.
   */
  signal(name: NodeJS.Signals): boolean;
  /**
   * Ends the command, where it runs, as SIGTERM does. What it has come to is stored in any case.
   * @param by what asks for it, where that belongs into the result.
   */
  stop(by?: AskedBy): void;
}

/** Claims the start, runs the command, writes its result. The command is started by one process of a run at most. */
export function runOnce(options: RunOnceOptions): RunOnce {
  let command: RunningCommand | undefined;
  let hasEnded = false;
  const ending = new AbortController();
  let askedBy: AskedBy | undefined;
  const stop = (by?: AskedBy): void => {
    if (!hasEnded) askedBy ??= by;
    command?.stop();
  };
  const run = async (): Promise<RunEnd | Refused> => {
    const { identity, workers, store, log, nonce, signal } = options;
    const claim: Claim = { task: identity.task, workers, nonce, startedAt: Date.now() };
    const claimed = await claimStart(store, claim, signal);
    if (claimed !== 'mine') return { refused: refusal(claimed.other) };
    let end: CommandEnd;
    if (options.isCutOff()) askedBy = 'silence';
    if (signal.aborted || askedBy === 'silence') end = NOT_STARTED;
    else {
      log('command started', { command: identity.spec.command });
      command = startCommand({
        argv: identity.spec.command,
        env: commandEnv(options.env, { ...identity.spec.commandEnv, ...options.startEnv }),
        graceMs: identity.spec.graceMs,
        stdout: options.stdout,
        budget: options.budget,
      });
      end = await command.ended;
    }
    hasEnded = true;
    const result = {
      ...runResult(identity.task, end, claim.startedAt, Date.now()),
      ...given({ askedBy }),
    };
    log('command ended', { exitCode: result.exitCode, signal: result.signal });
    await options.beforeResult(ending.signal);
    return { result, written: await writeResult(store, result, { log, signal: ending.signal }) };
  };
  return {
    ended: run(),
    signal: name => {
      if (command === undefined) return false;
      if (hasEnded && (name === 'SIGTERM' || name === 'SIGINT')) ending.abort();
      if (name === 'SIGTERM') stop('engine');
      else command.signal(name);
      return true;
    },
    stop,
  };
}

/** Asked to end between the claim and the start: as if the command had been ended by that signal at once. */
const NOT_STARTED: CommandEnd = {
  exitCode: 143,
  signal: 'SIGTERM',
  stdoutBytes: 0,
  stderrBytes: 0,
  tail: '',
};

/** The container's environment without the agent's own variables, and the run's settings over it. */
function commandEnv(
  env: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('MPISWARM_'));
  return { ...Object.fromEntries(own), ...added };
}

function refusal(claim: Claim): string {
  const at = new Date(claim.startedAt).toISOString();
  return `task ${claim.task} already started this run's command at ${at}; not starting it again`;
}
