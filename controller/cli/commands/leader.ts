import type { ControllerView } from '../../ports/leadership.js';
import { CommandError } from '../../settings/usage-error.js';
import { type Context, withRegistry } from '../context/context.js';
import { age, timestamp } from '../render/age.js';
import { objectText } from '../render/object.js';
import { table } from '../render/text.js';

export interface LeaderFlags {
  readonly output?: 'json' | 'yaml';
}

/** Lists the controllers, the one that leads first. @returns 1 when none leads. */
export function leader({ output }: LeaderFlags, context: Context): Promise<number> {
  return withRegistry(context, async registry => {
    const seen = await registry.controllers();
    if (!seen.ok) throw new CommandError(`controllers cannot be read: ${seen.error}`);
    const { out, err, ports } = context;
    const controllers = seen.value;
    if (output) await out.write(objectText(controllers.map(controllerObject), output));
    else if (controllers.length > 0) await out.lines(table([HEADER, ...controllers.map(row(ports.now()))]));
    const leads = controllers.some(({ term }) => term !== undefined);
    if (!leads) await err.lines(['no controller leads; start one with mpiswarm up']);
    return leads ? 0 : 1;
  });
}

const HEADER = ['ROLE', 'HOST', 'PID', 'SINCE', 'EPOCH'];

function row(now: number) {
  return ({ host, pid, since, term }: ControllerView): readonly string[] => [
    roleOf(term),
    host,
    String(pid),
    age(now - since),
    term ? String(term.epoch) : '-',
  ];
}

function controllerObject({ host, pid, since, term }: ControllerView) {
  return { role: roleOf(term), host, pid, since: timestamp(since), ...(term ? { epoch: term.epoch } : {}) };
}

function roleOf(term: ControllerView['term']): string {
  return term ? 'leader' : 'standby';
}
