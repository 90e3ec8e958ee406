import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { LABEL } from '../../../controller/core/model/names.js';
import { DOCKER, type TestInstallation } from './installation.js';

/** Everything of a job but its record: Swarm's things that carry its label, its znodes and its stored output. */
export async function remains(
  mpiswarm: Pick<TestInstallation, 'world' | 'stateDir'>,
  key: string,
  runs: readonly string[],
): Promise<readonly string[]> {
  const docker = engineClient(DOCKER);
  const filters = { filters: { label: [`${LABEL.job}=${key}`] } };
  const [services, secrets, configs, world] = await Promise.all([
    docker.listServices(filters),
    docker.listSecrets(filters),
    docker.listConfigs(filters),
    mpiswarm.world(),
  ]);
  const files = runs.map(run => join(mpiswarm.stateDir, 'output', `${run}.log`));
  const stored = await Promise.all(files.map(async file => ((await exists(file)) ? [file] : [])));
  return [
    ...[...services, ...secrets, ...configs].map(({ Spec }) => Spec?.Name ?? ''),
    ...world.runIds.filter(run => runs.includes(run)).map(run => `znode ${run}`),
    ...stored.flat(),
  ];
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
