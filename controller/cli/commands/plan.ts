import type { ManifestJob } from '../../api/manifests.js';
import { formatProblem } from '../../api/parse.js';
import type { Context } from '../context.js';
import { intentOf } from '../intent.js';
import type { CliWorld } from '../ports.js';
import { rehearse } from '../rehearse.js';
import { planText } from '../render/plan.js';
import { symbolicInstallation, symbolicSwarm } from '../symbolic.js';
import { CommandError } from '../usage-error.js';

/** Shows what the jobs of a file would mean and what would be done for them. Changes nothing. */
export async function plan(path: string, context: Context): Promise<number> {
  const { ports, settings, out, err } = context;
  const set = await ports.readManifests([path]);
  if (!set.readable) throw new CommandError(set.error ?? `${path}: cannot be read`);
  await err.lines([...set.problems, ...set.notices].map(formatProblem));
  if (set.jobs.length > 0) {
    const world = await ports.world(settings);
    await err.lines([...new Set(world.problems)].map(problem => `mpiswarm: planned without it: ${problem}`));
    const texts = set.jobs.map(job => planOf(job, world, context));
    await out.lines(texts.flatMap((text, i) => (i === 0 ? text : ['', ...text])));
  } else if (set.problems.length === 0) {
    throw new CommandError(`${path}: no MPIJob in it`);
  }
  return set.problems.length > 0 ? 1 : 0;
}

function planOf(job: ManifestJob, world: CliWorld, { ports, settings, paint }: Context): readonly string[] {
  const now = ports.now();
  const { manifest, file, line, key } = job;
  const intent = intentOf({ known: world.jobs?.get(key), manifest, source: `${file}:${line}`, now });
  const installation = world.installation ?? symbolicInstallation(settings);
  const swarm = world.swarm ?? symbolicSwarm(settings);
  const { next, record } = intent;
  const rehearsal =
    next.kind === 'start-run' ? rehearse({ record, run: next.run, installation, swarm, now }) : undefined;
  const seen = world.swarm ? { swarm: world.swarm } : {};
  return planText({ intent, installation, ...seen, ...(rehearsal ? { rehearsal } : {}) }, paint);
}
