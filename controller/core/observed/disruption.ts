import type { Disruption } from '../model/disruption.js';
import { indexed } from '../model/swarm-index.js';
import { NODE_BACK } from '../model/waiting.js';
import { isTerminal, type NodeView, type TaskView } from '../model/world.js';
import type { RunView } from './run-view.js';

/** A container that ends within this time after its node came back was most likely ended by that. */
const BACK_MS = 60_000;

/**
 * What Swarm, an engine or a person does to a run that has started: evidence in Swarm's own lists that a container of it is ended
 * by that, and not by itself. A container that ended by itself, or for lack of memory, is `failed` or `complete` there, on a node that
 * was heard of all the time.
 */
export function disruptionOf(view: RunView): Disruption | undefined {
  const found = containers(view)
    .map(one => evidence(view, one))
    .find(reason => reason !== undefined);
  return found ?? lasting(view);
}

interface Container {
  readonly who: string;
  readonly task: TaskView | undefined;
  /** Id of its node. */
  readonly node: string | undefined;
}

function containers({ launcherTask, run, workers, znodes }: RunView): readonly Container[] {
  const claim = znodes?.claim;
  if (!claim && run.startedAt === undefined) return [];
  const launcher = { who: 'launcher', task: launcherTask, node: launcherTask?.node ?? run.launcherNode };
  const others = workers
    .filter(({ index }) => claim?.workers[index] !== undefined && claim.workers[index] !== claim.task)
    .map(({ name, task }) => ({ who: name, task, node: task?.node }));
  return [launcher, ...others];
}

/** First match wins. */
function evidence(view: RunView, { who, task, node: id }: Container): Disruption | undefined {
  if (id === undefined) return undefined;
  const node = indexed(view.swarm).node(id);
  const ended = task !== undefined && isTerminal(task);
  if (ended && !ENDED_FROM_OUTSIDE.has(task.state) && !(wasAsked(view, task) && node?.reachable === false))
    return undefined;
  if (!node) return { reason: 'NodeRemoved', message: `${who}: its node was removed from the swarm` };
  if (!node.reachable && !(task && task.state === 'shutdown'))
    return { reason: 'NodeUnreachable', message: `${who}: its node ${node.hostname} is not reachable` };
  return task && givenUp(view, who, task, node);
}

/** An engine that stops asks its containers to end, before its node is missed. */
function wasAsked({ znodes }: RunView, { id, exitCode }: TaskView): boolean {
  const { result } = znodes ?? {};
  return exitCode === SIGTERM_CODE || (result?.task === id && result.askedBy === 'engine');
}

/** 128 + 15. */
const SIGTERM_CODE = 143;

/** Swarm ends these, and says so; a container that ends by itself is never in these states. */
const ENDED_FROM_OUTSIDE: ReadonlySet<TaskView['state']> = new Set(['shutdown', 'orphaned', 'remove']);

/** Swarm stops the container, or has stopped it, and nobody has asked it to by removing or scaling the service. */
function givenUp(
  { swarm, run }: RunView,
  who: string,
  task: TaskView,
  { drained, hostname }: NodeView,
): Disruption | undefined {
  const stopped = task.state === 'shutdown' || (!isTerminal(task) && task.desired === 'shutdown');
  const service = indexed(swarm)
    .run(run.id)
    .services.find(({ id }) => id === task.service);
  const wanted = service !== undefined && task.slot <= (service.replicas ?? task.slot);
  if (!stopped || !wanted) return undefined;
  if (drained) return { reason: 'NodeDrained', message: `${who}: its node ${hostname} is drained` };
  return { reason: 'StoppedBySwarm', message: `${who}: Swarm stopped its container on node ${hostname}` };
}

/** An engine that restarts ends its containers, and Swarm hears of that after it hears of the node again. */
function lasting({ run, now, waitedMs }: RunView): Disruption | undefined {
  const { disruption } = run;
  if (disruption?.reason !== 'NodeUnreachable') return undefined;
  if (disruption.back === undefined) return { ...disruption, back: now };
  return (waitedMs(NODE_BACK) ?? 0) > BACK_MS ? undefined : disruption;
}
