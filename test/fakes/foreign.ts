import type { ResourceAmounts, ServiceSpec } from '../../controller/core/model/specs.js';

/** A service of somebody else. */
export function foreignSpec(name: string, resources: ResourceAmounts, replicas = 1): ServiceSpec {
  return {
    name,
    labels: {},
    image: 'database:1',
    withRegistryAuth: false,
    command: [],
    env: {},
    mode: { kind: 'replicated', replicas },
    restart: 'any',
    networks: [],
    mounts: [],
    secrets: [],
    configs: [],
    constraints: [],
    spread: [],
    maxPerNode: 1,
    resources,
    stopGraceMs: 1_000,
  };
}
