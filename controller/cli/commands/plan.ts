import { resolve } from 'node:path';
import { isUnreadable, type ManifestJob, type ManifestSet } from '../../api/manifest/manifests.js';
import { formatProblem } from '../../api/manifest/parse.js';
import type { JobRecord } from '../../core/model/record.js';
import { fileOf } from '../../core/text/source.js';
import { CommandError } from '../../settings/usage-error.js';
import { given } from '../../shared/given.js';
import type { Context } from '../context/context.js';
import type { CliWorld } from '../context/ports.js';
import { deletion, type Intent, intentOf } from '../preview/intent.js';
import { rehearse } from '../preview/rehearse.js';
import { planText } from '../preview/render-plan.js';
import { symbolicInstallation, symbolicSwarm } from '../preview/symbolic.js';

/** Shows what the jobs of a file or folder would mean and what would be done for them. Changes nothing. */
export async function plan(path: string, context: Context): Promise<number> {
  const { ports, settings, out, err } = context;
  const set = await ports.readManifests([path]);
  if (!set.readable) throw new CommandError(set.error ?? `${path}: cannot be read`);
  const world = await ports.world(settings);
  const gone = await goneJobs(path, set, world, context);
  // That a file is not there is no fault where it says what becomes of its jobs
  const problems = gone.length > 0 && (await isMissing(path, context)) ? [] : set.problems;
  await err.lines([...problems, ...set.notices].map(formatProblem));
  const intents = [...set.jobs.map(job => intentOfJob(job, world, context)), ...gone.map(deletion)];
  if (intents.length > 0) {
    await err.lines(world.problems.map(problem => `mpiswarm: ${problem}; the plan assumes an empty swarm`));
    const texts = intents.map(intent => planOf(intent, world, context));
    await out.lines(texts.flatMap((text, i) => (i === 0 ? text : ['', ...text])));
  } else if (problems.length === 0) {
    throw new CommandError(`${path}: no MPIJob in it`);
  }
  return problems.length > 0 ? 1 : 0;
}

/** Jobs that were last read from there, and that neither it nor another file of the watched folder defines now. */
async function goneJobs(
  path: string,
  set: ManifestSet,
  { jobs = new Map() }: CliWorld,
  context: Context,
): Promise<readonly JobRecord[]> {
  const { ports, settings } = context;
  const place = resolve(ports.cwd, path);
  const missing = await isMissing(path, context);
  const defines = ({ jobs, problems }: ManifestSet, key: string): boolean =>
    [...jobs.map(job => job.key), ...problems.map(({ job }) => job)].includes(key);
  const candidates = [...jobs.values()].filter(({ key, source }) => {
    const file = fileOf(source);
    const at = resolve(settings.manifests, file);
    const seen = at === place ? path : path + at.slice(place.length);
    const inside = at === place || at.startsWith(`${place}/`);
    return inside && !defines(set, key) && (missing || !isUnreadable(set, seen));
  });
  if (candidates.length === 0) return [];
  const folder = await ports.readManifests([settings.manifests]);
  return candidates.filter(({ key }) => !defines(folder, key));
}

async function isMissing(path: string, { ports }: Context): Promise<boolean> {
  try {
    return (await ports.readText(resolve(ports.cwd, path))) === undefined;
  } catch {
    // A folder, or an unreadable file: it exists, and its error was reported when it was read
    return false;
  }
}

function intentOfJob(
  { manifest, file, line, key, package: found }: ManifestJob,
  world: CliWorld,
  { ports }: Context,
): Intent {
  const known = world.jobs?.get(key);
  const content = found?.state === 'ready' ? { package: found.content } : {};
  return intentOf({ known, manifest, source: `${file}:${line}`, now: ports.now(), ...content });
}

function planOf(intent: Intent, world: CliWorld, { ports, settings, paint }: Context): readonly string[] {
  const installation = world.installation ?? symbolicInstallation(settings);
  const swarm = world.swarm ?? symbolicSwarm(settings, intent.record.manifest.spec.workers.placement);
  const { next, record } = intent;
  const now = ports.now();
  const rehearsal =
    next.kind === 'start-run' ? rehearse({ record, run: next.run, installation, swarm, now }) : undefined;
  const seen = given({ swarm: world.swarm, others: world.others });
  return planText({ intent, installation, ...seen, ...given({ rehearsal }) }, paint);
}
