import type Docker from 'dockerode';
import { addressesOf } from '../../api/types/cidr.js';
import { LABEL } from '../../core/model/names.js';
import {
  type Amounts,
  isTerminal,
  type Labels,
  type NetworkView,
  type NodeView,
  type ObjectView,
  type PackageView,
  type Reservation,
  type ServiceView,
  TASK_STATES,
  type TaskState,
  type TaskView,
} from '../../core/model/world.js';
import { given } from '../../shared/given.js';

interface RawAmounts {
  readonly NanoCPUs?: number;
  readonly MemoryBytes?: number;
}

/** The engine's answers, only the parts that are read (Engine API v1.41); anything may be missing. */
interface RawNode {
  readonly ID?: string;
  readonly Spec?: { readonly Role?: string; readonly Availability?: string; readonly Labels?: Labels };
  readonly Description?: { readonly Hostname?: string; readonly Resources?: RawAmounts };
  readonly Status?: { readonly State?: string; readonly Addr?: string };
}

export function nodeView(node: Docker.Node | RawNode): NodeView {
  const raw = node as RawNode;
  return {
    id: raw.ID ?? '',
    hostname: raw.Description?.Hostname ?? '',
    role: raw.Spec?.Role === 'manager' ? 'manager' : 'worker',
    usable: raw.Status?.State === 'ready' && raw.Spec?.Availability === 'active',
    reachable: raw.Status?.State === 'ready',
    ...(raw.Spec?.Availability === 'drain' ? { drained: true } : {}),
    address: raw.Status?.Addr ?? '',
    labels: raw.Spec?.Labels ?? {},
    ...(raw.Description?.Resources ? { capacity: amounts(raw.Description.Resources) } : {}),
  };
}

export function packageView(raw: Docker.ContainerInfo): PackageView {
  return {
    id: raw.Id,
    name: raw.Names[0]?.slice(1) ?? '',
    labels: raw.Labels,
    serves: raw.State === 'running',
    networks: Object.keys(raw.NetworkSettings.Networks).sort(),
  };
}

function amounts({ NanoCPUs = 0, MemoryBytes = 0 }: RawAmounts): Amounts {
  return { nanoCpus: NanoCPUs, memoryBytes: MemoryBytes };
}

export function networkView(raw: Docker.NetworkInspectInfo): NetworkView {
  const config: readonly RawPool[] = raw.IPAM?.Config ?? [];
  return {
    id: raw.Id,
    name: raw.Name,
    driver: raw.Driver,
    scope: raw.Scope,
    attachable: raw.Attachable,
    // The engine keeps the flag `--opt encrypted` with an empty value
    encrypted: raw.Options ? 'encrypted' in raw.Options && raw.Options['encrypted'] !== 'false' : false,
    subnets: config.flatMap(({ Subnet }) => (Subnet ? [Subnet] : [])),
    ...given({ addresses: addressCount(config) }),
    labels: raw.Labels ?? {},
  };
}

interface RawPool {
  readonly Subnet?: string | undefined;
  readonly IPRange?: string | undefined;
  readonly AuxiliaryAddresses?: Readonly<Record<string, unknown>> | undefined;
}

/** Of the IPv4 pools; undefined while Swarm has given none. */
function addressCount(pools: readonly RawPool[]): number | undefined {
  const counts = pools.flatMap(({ Subnet, IPRange, AuxiliaryAddresses = {} }) => {
    if (!Subnet || Subnet.includes(':')) return [];
    const prefix = Number((IPRange || Subnet).split('/')[1]);
    return [Math.max(0, addressesOf(prefix) - Object.keys(AuxiliaryAddresses).length)];
  });
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

interface RawService {
  readonly ID?: string;
  readonly Spec?: {
    readonly Name?: string;
    readonly Labels?: Labels;
    readonly TaskTemplate?: {
      readonly ContainerSpec?: { readonly Image?: string };
      readonly Placement?: { readonly Constraints?: readonly string[] };
    };
    readonly Mode?: { readonly Replicated?: { readonly Replicas?: number } };
  };
}

export function serviceView(service: Docker.Service): ServiceView {
  const raw = service as unknown as RawService;
  const replicas = raw.Spec?.Mode?.Replicated?.Replicas;
  const constraints = raw.Spec?.TaskTemplate?.Placement?.Constraints ?? [];
  return {
    id: raw.ID ?? '',
    name: raw.Spec?.Name ?? '',
    labels: raw.Spec?.Labels ?? {},
    image: raw.Spec?.TaskTemplate?.ContainerSpec?.Image ?? '',
    ...(constraints.length === 0 ? {} : { constraints }),
    ...given({ replicas }),
  };
}

export function objectView(object: Docker.Secret | Docker.ConfigInfo): ObjectView {
  const raw = object as unknown as {
    readonly ID?: string;
    readonly Spec?: { readonly Name?: string; readonly Labels?: Labels };
  };
  return { id: raw.ID ?? '', name: raw.Spec?.Name ?? '', labels: raw.Spec?.Labels ?? {} };
}

interface RawTask {
  readonly ID?: string;
  readonly ServiceID?: string;
  readonly Slot?: number;
  readonly NodeID?: string;
  readonly DesiredState?: string;
  readonly Spec?: {
    readonly Resources?: { readonly Reservations?: RawAmounts };
    readonly ContainerSpec?: { readonly Labels?: Labels };
  };
  readonly CreatedAt?: string;
  readonly Status?: {
    readonly State?: string;
    readonly Err?: string;
    readonly Timestamp?: string;
    readonly ContainerStatus?: { readonly ExitCode?: number };
  };
  readonly NetworksAttachments?: readonly {
    readonly Network?: { readonly ID?: string };
    readonly Addresses?: readonly string[];
  }[];
}

export function taskView(task: Docker.Task): TaskView {
  const raw = task as RawTask;
  const state = taskState(raw.Status?.State);
  const exitCode = raw.Status?.ContainerStatus?.ExitCode;
  const reserved = reservedBy(raw);
  const addresses = (raw.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) => {
    const address = Addresses?.[0]?.split('/')[0];
    return Network?.ID && address ? [[Network.ID, address] as const] : [];
  });
  return {
    id: raw.ID ?? '',
    service: raw.ServiceID ?? '',
    slot: raw.Slot ?? 0,
    ...(raw.NodeID ? { node: raw.NodeID } : {}),
    state,
    desired: taskState(raw.DesiredState),
    ...(raw.Status?.Err ? { error: cut(raw.Status.Err) } : {}),
    // A container that has not ended has exit code 0 in the engine's answer
    ...(exitCode !== undefined && isTerminal({ state }) ? { exitCode } : {}),
    addresses: Object.fromEntries(addresses),
    createdAt: Date.parse(raw.CreatedAt ?? '') || 0,
    changedAt: Date.parse(raw.Status?.Timestamp ?? '') || 0,
    ...given({ reserved }),
  };
}

/**
 * What a task reserves on its node, and on which networks it has an address; undefined if it's of a service of ours, or has none of
 * both. A container that was attached to a network without a service counts too: ours are among them.
 */
export function foreignReservation(task: Docker.Task): Reservation | undefined {
  const raw = task as RawTask;
  if (raw.Spec?.ContainerSpec?.Labels?.[LABEL.part] !== undefined) return undefined;
  const reserved = raw.NodeID ? reservedBy(raw) : undefined;
  const networks = Object.keys(taskView(task).addresses);
  if (!reserved && networks.length === 0) return undefined;
  const amounts = reserved ?? { nanoCpus: 0, memoryBytes: 0 };
  return { node: raw.NodeID ?? '', ...amounts, ...(networks.length > 0 ? { networks } : {}) };
}

/** The addresses of services themselves; ours have none. */
export function serviceAddresses(service: Docker.Service): Reservation | undefined {
  const { Endpoint } = service as unknown as {
    readonly Endpoint?: {
      readonly VirtualIPs?: readonly { readonly NetworkID?: string; readonly Addr?: string }[];
    };
  };
  const networks = (Endpoint?.VirtualIPs ?? []).flatMap(({ NetworkID, Addr }) =>
    NetworkID && Addr ? [NetworkID] : [],
  );
  return networks.length === 0 ? undefined : { node: '', nanoCpus: 0, memoryBytes: 0, networks };
}

function reservedBy({ Spec }: RawTask): Amounts | undefined {
  const found = amounts(Spec?.Resources?.Reservations ?? {});
  return found.nanoCpus > 0 || found.memoryBytes > 0 ? found : undefined;
}

function taskState(state: string | undefined): TaskState {
  return TASK_STATES.find(known => known === state) ?? 'new';
}

/** In characters: some errors quote what a program wrote. */
const MAX_ERROR = 2_000;

function cut(text: string): string {
  return text.length > MAX_ERROR ? `${text.slice(0, MAX_ERROR - 1)}…` : text;
}
