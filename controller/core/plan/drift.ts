import type { Command } from '../model/command.js';
import { LABEL } from '../model/names.js';
import type { ServiceSpec } from '../model/specs.js';
import { isTerminal, type ServiceView } from '../model/world.js';
import { isOtherChoice } from '../nodes/assigned.js';
import type { RunView } from '../observed/run-view.js';

/** Recreates services scaled by hand or now placed elsewhere; nothing has started yet. */
export function driftedServices(view: RunView, wanted: readonly ServiceSpec[]): readonly Command[] {
  return wanted.flatMap((spec): readonly Command[] => {
    const there = existingService(view, spec);
    if (!there || !(isScaled(there, spec, view) || isElsewhere(there, spec, view))) return [];
    return [{ do: 'remove-service', id: there.id, name: there.name }];
  });
}

/** The service that was made as it is specified, if any. */
export function existingService({ services }: RunView, { labels }: ServiceSpec): ServiceView | undefined {
  if (labels[LABEL.role] === 'launcher') return services.launcher;
  return services.workers.find(service => service.labels[LABEL.group] === labels[LABEL.group]);
}

function isScaled(
  { replicas }: ServiceView,
  { mode }: ServiceSpec,
  { znodes, launcherTask }: RunView,
): boolean {
  if (replicas === undefined) return false;
  const wanted = mode.kind === 'replicated' ? mode.replicas : Number.NaN;
  // The token holder may be starting right now, and a surplus container doesn't stop it
  const starting = znodes?.started && launcherTask !== undefined && !isTerminal(launcherTask);
  return starting ? replicas < wanted : replicas !== wanted;
}

function isElsewhere(there: ServiceView, { constraints, nodes = {} }: ServiceSpec, view: RunView): boolean {
  // The token holder may be starting right now
  if (view.znodes?.started) return false;
  return isOtherChoice(there.constraints ?? [], nodes, { own: constraints, nodes: view.swarm.nodes });
}
