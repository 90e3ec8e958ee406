/** The settings that hold, whatever they come from. */
export interface Settings {
  readonly manifests: string;
  readonly docker: string;
  readonly zookeeper?: string;
  readonly agentZookeeper?: string;
  readonly zookeeperRoot: string;
  /** Secret: never printed. */
  readonly zookeeperAuth?: string;
  readonly zookeeperAuthFile?: string;
  readonly zookeeperPort: number;
  readonly zookeeperImage: string;
  /** Bytes. */
  readonly zookeeperHeap?: number;
  readonly agentImage?: string;
  readonly stateDir: string;
  /** Milliseconds, as are the other durations. */
  readonly tick: number;
  readonly idleTick: number;
  readonly sessionTimeout: number;
  readonly grace: number;
  /** Of each job, the output of so many runs is kept. */
  readonly keepRuns: number;
  readonly keepAge: number;
  /** Bytes. */
  readonly keepSize: number;
  /** Of all jobs together. */
  readonly keepLaunchers: number;
  /** The operator's policy. */
  readonly policy?: string;
  readonly allowPruneAll: boolean;
  readonly allowEmptyZookeeper: boolean;
  readonly auditWrite: boolean;
  readonly advertiseAddr?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'text' | 'json';
  readonly color: 'auto' | 'always' | 'never';
}
