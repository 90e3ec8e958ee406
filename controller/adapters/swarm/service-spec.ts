import { numericUser } from '../../api/types/user.js';
import type { FileRef, Mount, ServiceSpec } from '../../core/model/specs.js';
import { choiceConstraints } from '../../core/nodes/assigned.js';
import { given } from '../../shared/given.js';
import { CONTAINER_LOG } from '../../shared/protocol/protocol.js';

/** Ids of secrets and configs by name; Swarm wants both in a service's specification. */
export interface ObjectIds {
  readonly secrets: ReadonlyMap<string, string>;
  readonly configs: ReadonlyMap<string, string>;
}

/**
 * The body of `POST /services/create` (Engine API v1.41). Throws when a secret or config is not known.
 * @param dropped capabilities that its containers go without.
 */
export function serviceBody(
  spec: ServiceSpec,
  ids: ObjectIds,
  dropped: readonly string[],
): Record<string, unknown> {
  const file = ({ target }: FileRef) => ({ Name: target, UID: '0', GID: '0', Mode: 0o444 });
  // Keys and credentials are for the user that the agent runs as; one that only the image can tell has no number here
  const uid = numericUser(spec.user);
  const secret = (ref: FileRef) =>
    uid === undefined ? file(ref) : { ...file(ref), UID: String(uid), Mode: 0o400 };
  return {
    Name: spec.name,
    Labels: spec.labels,
    TaskTemplate: {
      ContainerSpec: {
        Image: spec.image,
        Command: spec.command,
        Labels: spec.labels,
        Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
        ...given({ Hostname: spec.hostname, User: spec.user }),
        // Node as process 1 would not reap the orphans that mpirun and ssh leave
        Init: true,
        CapabilityDrop: dropped,
        Mounts: spec.mounts.map(mountBody),
        Secrets: spec.secrets.map(ref => ({
          SecretID: idOf(ids.secrets, ref.name),
          SecretName: ref.name,
          File: secret(ref),
        })),
        Configs: spec.configs.map(ref => ({
          ConfigID: idOf(ids.configs, ref.name),
          ConfigName: ref.name,
          File: file(ref),
        })),
        StopGracePeriod: spec.stopGraceMs * 1_000_000,
      },
      Resources: {
        Limits: amounts(spec.resources.limitNanoCpus, spec.resources.limitMemoryBytes),
        Reservations: amounts(spec.resources.requestNanoCpus, spec.resources.requestMemoryBytes),
      },
      RestartPolicy:
        spec.restart === 'none' ? { Condition: 'none' } : { Condition: spec.restart, Delay: 5_000_000_000 },
      Placement: {
        Constraints: [...spec.constraints, ...choiceConstraints(spec.nodes ?? {})],
        Preferences: spec.spread.map(descriptor => ({ Spread: { SpreadDescriptor: descriptor } })),
        ...given({ MaxReplicas: spec.maxPerNode }),
      },
      Networks: spec.networks.map(name => ({ Target: name })),
      LogDriver: { Name: 'json-file', Options: logOptions(spec.outputLimit ?? FEW_LINES) },
    },
    Mode: spec.mode.kind === 'global' ? { Global: {} } : { Replicated: { Replicas: spec.mode.replicas } },
    // A virtual address needs IPVS, and MPI wants the containers' own addresses in any case
    ...(spec.networks.length > 0 ? { EndpointSpec: { Mode: 'dnsrr' } } : {}),
  };
}

/** Of a container that says hardly anything, in bytes. */
const FEW_LINES = 4 * 2 ** 20;

/** More than the agent passes on, so that the engine throws nothing away; and an end to it, should an agent fail to stop. */
function logOptions(limit: number): Record<string, string> {
  const { files, factor } = CONTAINER_LOG;
  return { 'max-size': String(Math.ceil(limit * factor)), 'max-file': String(files) };
}

function mountBody(mount: Mount): Record<string, unknown> {
  if (mount.type === 'tmpfs') {
    const size = mount.sizeBytes === undefined ? {} : { SizeBytes: mount.sizeBytes };
    return { Type: 'tmpfs', Target: mount.target, TmpfsOptions: { ...size, Mode: mount.mode } };
  }
  return {
    Type: 'volume',
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
    VolumeOptions: {
      NoCopy: mount.noCopy,
      ...given({ Labels: mount.labels }),
      ...(mount.driver ? { DriverConfig: { Name: mount.driver.name, Options: mount.driver.options } } : {}),
    },
  };
}

function amounts(nanoCpus: number | undefined, memoryBytes: number | undefined): Record<string, number> {
  return {
    ...given({ NanoCPUs: nanoCpus, MemoryBytes: memoryBytes }),
  };
}

function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`${name} has no id`);
  return id;
}
