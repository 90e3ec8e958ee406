import type { MPIJob } from '../../api/types/mpijob.js';
import { given } from '../../shared/given.js';
import { LABEL } from '../model/names.js';
import type { Installation, NetworkSpec } from '../model/specs.js';

export function networkSpec(job: MPIJob, { id }: Pick<Installation, 'id'>): NetworkSpec {
  const { name, encrypted, subnet } = job.spec.network;
  return {
    name,
    encrypted,
    ...given({ subnet }),
    labels: { [LABEL.installation]: id, [LABEL.part]: 'network' },
  };
}
