import type { Command, Plan } from '../model/command.js';
import { LABEL } from '../model/names.js';
import type { ConfigSpec } from '../model/specs.js';
import { indexed } from '../model/swarm-index.js';
import { LAUNCHER_TASKLESS } from '../model/waiting.js';
import { isTerminal, type TaskView } from '../model/world.js';
import type { RunView } from '../observed/run-view.js';
import type { Situation } from '../run/situation.js';
import { isPaused } from '../text/pause.js';
import { driftedServices, existingService } from './drift.js';

/** A launcher container that ended before it claimed the start is made again after this time. */
const RECREATE_AFTER_MS = 5_000;
/** Swarm makes the task of a service within a second; a busy manager may take longer. */
const TASKLESS_MS = 30_000;
/** It ended by the clock of Swarm's manager. Where that says later than this, one of the clocks was set. */
const LONGEST_RECREATE_MS = 60_000;

/** Makes the run's containers, and removes those that do not fit any more; nothing when they are as desired. */
export function containerPlan({ view, desired }: Situation): Plan {
  const { services, launcherTask } = view;
  const { containers } = desired;
  const old = outdated(view, containers?.config);
  if (old.length > 0) return [old];
  if (!containers) return [];
  if (services.launcher && (launcherTask ? isGoneForGood(view, launcherTask) : isTaskless(view))) {
    const { id, name } = services.launcher;
    return [[{ do: 'remove-service', id, name }]];
  }
  const drifted = driftedServices(view, containers.services);
  if (drifted.length > 0) return [drifted];
  const missing = containers.services.filter(spec => !existingService(view, spec));
  if (missing.length === 0) return [];
  const config: readonly Command[] = view.config ? [] : [{ do: 'create-config', ...containers.config }];
  return [config, missing.map(spec => ({ do: 'create-service', spec }) as const)];
}

/**
 * What was made for a key or network that is gone, and fits no other: services first, then the config they use. Nothing has
 * started yet; a launcher that may be starting just now is left alone.
 */
function outdated(view: RunView, wanted: ConfigSpec | undefined): readonly Command[] {
  const { services, secrets, config, znodes } = view;
  const keyless = !secrets.launcher || !secrets.worker;
  const differs = config && wanted && config.labels[LABEL.content] !== wanted.labels[LABEL.content];
  if (!(keyless || differs) || (services.launcher && znodes?.started)) return [];
  const users = [...(services.launcher ? [services.launcher] : []), ...services.workers];
  if (users.length > 0) return users.map(({ id, name }) => ({ do: 'remove-service', id, name }));
  return config ? [{ do: 'remove-config', id: config.id, name: config.name }] : [];
}

/**
 * A launcher that has ended, and that Swarm keeps no history of: it lists no task of the service, and makes no other. Should it run all
 * the same, the claim lets one of the two start the command.
 */
function isTaskless({ waitedMs, znodes }: RunView): boolean {
  return !znodes?.claim && (waitedMs(LAUNCHER_TASKLESS) ?? 0) > TASKLESS_MS;
}

/** Swarm replaces every container but the launcher, which may start mpirun once only. */
function isGoneForGood({ now, swarm, znodes }: RunView, task: TaskView): boolean {
  if (isTerminal(task)) return !isPaused(task.changedAt + RECREATE_AFTER_MS, now, LONGEST_RECREATE_MS);
  const node = indexed(swarm).node(task.node ?? '');
  // A launcher that has the token may be starting just now: wait for it
  return node !== undefined && !node.reachable && !znodes?.started;
}
