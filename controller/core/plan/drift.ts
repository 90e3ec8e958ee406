import type { Command } from '../model/command.js';
import { LABEL } from '../model/names.js';
import type { ServiceSpec } from '../model/specs.js';
import { isTerminal, type ServiceView } from '../model/world.js';
import { isOtherChoice } from '../nodes/assigned.js';
import type { RunView } from '../observed/run-view.js';

/** Services that somebody scaled by hand, or that would be put elsewhere by now, are made anew: nothing has started yet. */
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
  // Whoever has the token may be starting just now, and a container too many keeps nobody from it
  const starting = znodes?.started && launcherTask !== undefined && !isTerminal(launcherTask);
  return starting ? replicas < wanted : replicas !== wanted;
}

function isElsewhere(there: ServiceView, { constraints, nodes = {} }: ServiceSpec, view: RunView): boolean {
  // Whoever has the token may be starting just now
  if (view.znodes?.started) return false;
  return isOtherChoice(there.constraints ?? [], nodes, { own: constraints, nodes: view.swarm.nodes });
}
