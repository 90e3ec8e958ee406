import type { JobRecord } from '../../controller/core/model/record.js';
import type { SwarmWorld } from '../../controller/core/model/world.js';
import { manifest, Scene } from '../loop/scene.js';

/** What one job has left behind that ran to its end under the default clean-up policy. */
export interface FinishedJob {
  readonly name: string;
  readonly text: string;
  readonly record: JobRecord;
  /** Id of its run. */
  readonly run: string;
  readonly left: Pick<SwarmWorld, 'services' | 'tasks' | 'secrets' | 'configs'>;
}

const NAME = 'template-of-a-job';

/**
 * Makes any number of jobs that ended as jobs do: one is run in the simulated world, and the others are its copies under other
 * names.
 * @param at when they ended, in milliseconds since the epoch.
 */
export async function finishedJobs(at: number): Promise<(number: number) => FinishedJob> {
  const scene = new Scene();
  scene.agents.programs.set(`default/${NAME}`, { stdout: 'hello\n' });
  scene.manifests.put(`${NAME}.yaml`, manifest(NAME));
  await scene.untilDone(`default/${NAME}`);
  await scene.rounds(400);
  const record = scene.job(`default/${NAME}`);
  const seen = await scene.swarm.observe();
  if (!seen.ok) throw new Error(seen.error);
  const services = seen.value.services.filter(({ name }) => name.startsWith(NAME));
  const isIts = ({ service }: { readonly service: string }) => services.some(({ id }) => id === service);
  const isOfRun = ({ name }: { readonly name: string }) => name.startsWith(NAME);
  const left = {
    services,
    tasks: seen.value.tasks.filter(isIts),
    secrets: seen.value.secrets.filter(isOfRun),
    configs: seen.value.configs.filter(isOfRun),
  };
  const shift = at - (record.status.completionTime ?? 0);
  const ids = Object.values(left).flatMap(things => things.map(({ id }) => id));
  const text = JSON.stringify({ record, left });
  return number => {
    const name = `job-${number}`;
    const uid = (number + 1).toString(16).padStart(8, '0');
    const named = ['"', '-'].reduce(
      (now, mark) => now.replaceAll(mark + record.uid + mark, mark + uid + mark),
      text.replaceAll(NAME, name),
    );
    const own = ids.reduce((now, id) => now.replaceAll(`"${id}"`, `"${id}-${number}"`), named);
    const made = JSON.parse(own, shifted(shift)) as Pick<FinishedJob, 'record' | 'left'>;
    const run = made.record.status.runs.at(-1)?.id ?? '';
    return { ...made, name, text: manifest(name), run };
  };
}

/** Moves all times by so much. */
function shifted(ms: number): (name: string, value: unknown) => unknown {
  return (_, value) => (typeof value === 'number' && value > 1e12 ? value + ms : value);
}
