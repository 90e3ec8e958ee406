import Docker from 'dockerode';
import { until } from '../cluster/lib/until.js';
import type { Mark } from './contender.js';

/**
 * The engine's events about containers of runs, of all contenders. During a measurement we only listen, and don't
 * poll.
 */
export interface Containers {
  /** Ends when the container of that role of the run has ended; throws at the deadline. */
  end(run: string, role: string, deadlineMs: number): Promise<void>;
  /** First creation, first and last start of the run's containers so far. */
  marks(run: string): readonly Mark[];
  /** Ends when all parts of the run are gone, and the engine is quiet. */
  gone(run: string): Promise<void>;
  close(): void;
}

interface Seen {
  readonly action: 'create' | 'start' | 'die';
  /** Name of the container's service. */
  readonly service: string;
  readonly at: number;
}

const GONE_MS = 90_000;
/** Clean-up after the last container must be over before the next run. */
const QUIET_MS = 400;

export async function watchContainers(socketPath: string): Promise<Containers> {
  // No timeout: it would also end a silent stream. Waits have their own deadline
  const docker = new Docker({ socketPath });
  const seen: Seen[] = [];
  const filters = {
    type: ['container' as const],
    event: ['create' as const, 'start' as const, 'die' as const],
  };
  const events = (await docker.getEvents({ filters })) as NodeJS.ReadableStream & { destroy(): void };
  let rest = '';
  events.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) seen.push(parse(line));
  });
  const of = (run: string) => seen.filter(({ service }) => service.startsWith(run));
  return {
    end: async (run, role, deadlineMs) => {
      await until(
        `end of the ${role} of ${run}`,
        async () => of(run).find(one => one.action === 'die' && one.service.endsWith(role)),
        { deadlineMs, everyMs: 20 },
      );
    },
    marks: run => {
      const times = (action: Seen['action']) =>
        of(run)
          .filter(one => one.action === action)
          .map(({ at }) => at)
          .sort((a, b) => a - b);
      const [created, started] = [times('create'), times('start')];
      return [
        { what: 'first container created', at: created[0] ?? 0 },
        { what: 'first container started', at: started[0] ?? 0 },
        { what: 'last container started', at: started.at(-1) ?? 0 },
      ];
    },
    gone: async run => {
      await until(`nothing is left of ${run}`, async () => ((await isGone(docker, run)) ? true : undefined), {
        deadlineMs: GONE_MS,
        everyMs: 200,
      });
      await new Promise(resolve => setTimeout(resolve, QUIET_MS));
    },
    close: () => events.destroy(),
  };
}

async function isGone(docker: Docker, run: string): Promise<boolean> {
  const [containers, services, secrets, configs] = await Promise.all([
    docker.listContainers({ all: true, filters: { label: ['com.docker.swarm.service.name'] } }),
    docker.listServices({ filters: { name: [run] } }),
    docker.listSecrets({ filters: { name: [run] } }),
    docker.listConfigs({ filters: { name: [run] } }),
  ]);
  const left = containers.filter(({ Labels }) => Labels['com.docker.swarm.service.name']?.startsWith(run));
  return [left, services, secrets, configs].every(list => list.length === 0);
}

function parse(line: string): Seen {
  const event = JSON.parse(line) as {
    readonly Action: Seen['action'];
    readonly timeNano: number;
    readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
  };
  const service = event.Actor.Attributes['com.docker.swarm.service.name'] ?? '';
  return { action: event.Action, service, at: event.timeNano / 1e6 };
}
