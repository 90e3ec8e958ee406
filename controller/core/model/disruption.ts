/** What ends a run, or may, that is neither its program's doing nor a limit's. */
export interface Disruption {
  readonly reason: DisruptionReason;
  /** "worker 2: its node n3 is drained" */
  readonly message: string;
  /** Of a node that was not reachable and is again: since when. Only for a while is it the reason of what happens there. */
  readonly back?: number;
}

export type DisruptionReason =
  | 'NodeDrained'
  | 'NodeUnreachable'
  | 'NodeRemoved'
  | 'StoppedBySwarm'
  | 'LauncherUnreachable';
