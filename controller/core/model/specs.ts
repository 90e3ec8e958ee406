import type { PackageContent } from '../../api/types/package.js';
import type { Labels } from './world.js';

/** What this installation of mpiswarm gives to every run. */
export interface Installation {
  /** As {@link installationId} makes it. */
  readonly id: string;
  /** Random, of the ZooKeeper that holds its records; undefined until that is known. */
  readonly store?: string;
  /** `host:port[,…]` by which containers reach ZooKeeper. */
  readonly zookeeper: string;
  /** Absolute path of our root znode. */
  readonly znode: string;
  readonly agent: {
    readonly image: string;
    /** Digest of what is in the volume, 12 hexadecimal digits. */
    readonly content: string;
    /** Command line that starts the agent out of the volume. */
    readonly command: readonly string[];
  };
  readonly sessionTimeoutMs: number;
  /** Between SIGTERM and SIGKILL for mpirun. */
  readonly graceMs: number;
}

export interface NetworkSpec {
  readonly name: string;
  readonly encrypted: boolean;
  readonly subnet?: string;
  readonly labels: Labels;
}

/** A Swarm config. */
export interface ConfigSpec {
  readonly name: string;
  readonly content: string;
  readonly labels: Labels;
}

export interface FileRef {
  /** Name of the Swarm secret or config. */
  readonly name: string;
  /** Absolute path in the container. */
  readonly target: string;
}

export interface ServiceSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  /** Ask the registry with the user's credentials, so that other nodes can pull. */
  readonly withRegistryAuth: boolean;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly user?: string;
  readonly mode: { readonly kind: 'replicated'; readonly replicas: number } | { readonly kind: 'global' };
  /** What Swarm replaces, after 5 s: nothing, every ended task, or those that failed. */
  readonly restart: 'none' | 'any' | 'on-failure';
  readonly networks: readonly string[];
  readonly mounts: readonly Mount[];
  readonly secrets: readonly FileRef[];
  readonly configs: readonly FileRef[];
  readonly constraints: readonly string[];
  /** Beside the constraints, which are the manifest's own. */
  readonly nodes?: NodeChoice;
  readonly spread: readonly string[];
  readonly maxPerNode?: number;
  readonly resources: ResourceAmounts;
  /** Bytes that a container passes on of its output; absent: it writes a few lines. */
  readonly outputLimit?: number;
  readonly stopGraceMs: number;
}

export interface ResourceAmounts {
  readonly requestNanoCpus?: number;
  readonly requestMemoryBytes?: number;
  readonly limitNanoCpus?: number;
  readonly limitMemoryBytes?: number;
}

export type Mount =
  | {
      readonly type: 'volume';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Do not fill an empty volume from what the image has at the target. */
      readonly noCopy: boolean;
      /** For a volume that is made by being mounted. */
      readonly labels?: Labels;
      readonly driver?: { readonly name: string; readonly options: Readonly<Record<string, string>> };
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes?: number; readonly mode: number };

/** Where Swarm may put the containers of a service, beside the manifest's own constraints. Node ids. */
export interface NodeChoice {
  /** Only there. */
  readonly node?: string;
  /** Not there; sorted. */
  readonly notNodes?: readonly string[];
}

/** A container of ours from which those of a run get their package; one for each content. */
export interface PackageWant {
  /** Its name on the networks. */
  readonly name: string;
  readonly labels: Labels;
  readonly content: PackageContent;
  /** The manifest, below the watched folder. */
  readonly file: string;
  /** The package, as the manifest names it. */
  readonly path: string;
  /** That it must be attached to. */
  readonly network: string;
}
