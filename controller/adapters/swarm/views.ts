import type Docker from 'dockerode';
import {
  type Labels,
  type NetworkView,
  type NodeView,
  type ObjectView,
  type ServiceView,
  TASK_STATES,
  type TaskState,
  type TaskView,
} from '../../core/world.js';

/** The engine's answers, only the parts that are read (Engine API v1.41); anything may be missing. */
interface RawNode {
  readonly ID?: string;
  readonly Spec?: { readonly Role?: string; readonly Availability?: string; readonly Labels?: Labels };
  readonly Description?: { readonly Hostname?: string };
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
    address: raw.Status?.Addr ?? '',
    labels: raw.Spec?.Labels ?? {},
  };
}

export function networkView(raw: Docker.NetworkInspectInfo): NetworkView {
  const config: readonly { readonly Subnet?: string | undefined }[] = raw.IPAM?.Config ?? [];
  return {
    id: raw.Id,
    name: raw.Name,
    driver: raw.Driver,
    scope: raw.Scope,
    attachable: raw.Attachable,
    // The engine keeps the flag `--opt encrypted` with an empty value
    encrypted: raw.Options ? 'encrypted' in raw.Options && raw.Options['encrypted'] !== 'false' : false,
    subnets: config.flatMap(({ Subnet }) => (Subnet ? [Subnet] : [])),
    labels: raw.Labels ?? {},
  };
}

interface RawService {
  readonly ID?: string;
  readonly Spec?: {
    readonly Name?: string;
    readonly Labels?: Labels;
    readonly TaskTemplate?: { readonly ContainerSpec?: { readonly Image?: string } };
    readonly Mode?: { readonly Replicated?: { readonly Replicas?: number } };
  };
}

export function serviceView(service: Docker.Service): ServiceView {
  const raw = service as unknown as RawService;
  const replicas = raw.Spec?.Mode?.Replicated?.Replicas;
  return {
    id: raw.ID ?? '',
    name: raw.Spec?.Name ?? '',
    labels: raw.Spec?.Labels ?? {},
    image: raw.Spec?.TaskTemplate?.ContainerSpec?.Image ?? '',
    ...(replicas === undefined ? {} : { replicas }),
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
    ...(raw.Status?.Err ? { error: raw.Status.Err } : {}),
    // A container that has not ended has exit code 0 in the engine's answer
    ...(exitCode !== undefined && TASK_STATES.indexOf(state) > TASK_STATES.indexOf('running')
      ? { exitCode }
      : {}),
    addresses: Object.fromEntries(addresses),
    createdAt: Date.parse(raw.CreatedAt ?? '') || 0,
    changedAt: Date.parse(raw.Status?.Timestamp ?? '') || 0,
  };
}

function taskState(state: string | undefined): TaskState {
  return TASK_STATES.find(known => known === state) ?? 'new';
}
