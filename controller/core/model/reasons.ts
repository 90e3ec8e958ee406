/**
 * All reasons that conditions, waits, events and ends of runs may have, grouped as docs/reference/reasons.md shows them. They are
 * part of the interface: programs compare them. What each means, and what to do about it, is in scripts/reasons/.
 */
export const REASONS = {
  /** Waiting in pending. */
  pending: [
    'Suspended',
    'Queued',
    'InsufficientResources',
    'Unschedulable',
    'AddressesExhausted',
    'PolicyRefused',
    'BackOff',
    'PackageUnavailable',
    'ImageResolving',
    'ImagePulling',
    'ImageUnavailable',
    'AgentInstalling',
    'AgentUnavailable',
    'NoUsableNode',
  ],
  /** Waiting for the network. */
  network: [
    'NetworkMissing',
    'NetworkAllocating',
    'NetworkMismatch',
    'ZooKeeperDetached',
    'PackageDistributing',
  ],
  /** Waiting for containers and SSH. */
  containers: [
    'ContainersMissing',
    'TaskMissing',
    'ContainerNotRunning',
    'NodeUnreachable',
    'WrongNode',
    'SSHUnproven',
    'SSHFailed',
  ],
  /** Waiting for registrations and the hostfile. */
  registrations: [
    'NotRegistered',
    'StaleRegistration',
    'AddressMismatch',
    'UnexpectedWorker',
    'HostfilePending',
    'StartPending',
  ],
  /** While a run is going on, or ending. */
  running: [
    'RunUnreadable',
    'WorkerLost',
    'LossPending',
    'DisruptionPending',
    'LauncherUnreachable',
    'PlacementPending',
    'ResultPending',
    'Stopping',
    'CleaningUp',
  ],
  /** Calls that fail. */
  calls: ['Retrying', 'Refused', 'StatusNotStored', 'RecordUnreadable'],
  /** Why a controller that leads does nothing: in its log. */
  stores: ['ZooKeeperEmpty', 'ZooKeeperChanged'],
  /** How a run ended. */
  ends: [
    'Completed',
    'NonZeroExitCode',
    'CommandNotFound',
    'RanksMisplaced',
    'LauncherLost',
    'ZnodesLost',
    'LauncherFault',
    'WorkerFault',
    'DeadlineExceeded',
    'StartDeadlineExceeded',
    'CancelRequested',
    'Superseded',
    'ManifestRemoved',
    'Unknown',
  ],
  /** The manifest and its folder. */
  manifest: [
    'Valid',
    'Invalid',
    'DefinedTwice',
    'FolderEmpty',
    'FolderUnmounted',
    'SubfolderUnmounted',
    'FolderIncomplete',
  ],
  /** Conditions. */
  conditions: [
    'ImageReady',
    'NetworkReady',
    'SSHReady',
    'WorkersRegistered',
    'HostfileWritten',
    'MpirunStarted',
    'CommandStarted',
    'NotRunning',
    'NodeDrained',
    'NodeRemoved',
    'StoppedBySwarm',
    'NotDisrupted',
    'NotSuspended',
    'NotFinished',
    'StatusTrimmed',
  ],
  /** Events. */
  events: [
    'PhaseReached',
    'ManifestChanged',
    'PolicyChanged',
    'RerunRequested',
    'ManifestRestored',
    'ManifestValid',
    'NodeLost',
    'ZnodesLeft',
    'LauncherRemoved',
    'ClockJumped',
    'Succeeded',
    'Failed',
    'Cancelled',
  ],
  /** Why output was removed. */
  outputs: ['RunLimit', 'AgeLimit', 'SizeLimit'],
} as const;

export type ReasonGroup = keyof typeof REASONS;
export type ReasonName = (typeof REASONS)[ReasonGroup][number];
