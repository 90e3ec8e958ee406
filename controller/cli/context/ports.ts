import type { ManifestSet } from '../../api/manifest/manifests.js';
import type { JobRecord } from '../../core/model/record.js';
import type { Installation } from '../../core/model/specs.js';
import type { Reservation, SwarmWorld } from '../../core/model/world.js';
import type { OpenManifest } from '../../ports/open-manifest.js';
import type { OutputChunk } from '../../ports/output-store.js';
import type { StateStore } from '../../ports/state-store.js';
import type { Settings } from '../../settings/settings.js';

/** A stream that may be a terminal; `process.stdout` is one. */
export interface TerminalStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** What the command line needs from the outside. The composition root fills it in. */
export interface CliPorts {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly isRoot: boolean;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted when the user asks to stop (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal;
  /** Content of a file; undefined where there is none. Other failures are thrown. */
  readText(path: string): Promise<string | undefined>;
  /** Names of what is in a folder, in no order; undefined where there is no such folder. Fails with a PortError. */
  readFolder(path: string): Promise<readonly string[] | undefined>;
  /** Makes a file; fails with a PortError, also where there is one already. */
  createFile(path: string, text: string): Promise<void>;
  /** Manifests of files and folders as they are now; what cannot be read is among its problems. */
  readManifests(paths: readonly string[]): Promise<ManifestSet>;
  /** Reads a manifest file in order to change it; fails with a PortError. */
  openManifest(path: string): Promise<OpenManifest>;
  /** Connects; fails with a PortError. The caller closes it. */
  registry(settings: Settings): Promise<Pick<StateStore, 'observe' | 'controllers' | 'onChange' | 'close'>>;
  /** Output of ended runs; undefined where none is stored. */
  outputs(settings: Settings): { read(run: string): Promise<AsyncIterable<OutputChunk> | undefined> };
  /**
   * Output of a run whose containers still exist, of all together or of single ranks: what there is and, with `follow`,
   * what comes until it ends. Ends when `signal` is aborted. Fails with a PortError, also where there is no launcher.
   */
  output(
    settings: Settings,
    run: string,
    options: { readonly of: 'all' | 'ranks'; readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<OutputChunk>;
  /** Looks at the world without changing it, and never fails: what cannot be read is absent. */
  world(settings: Settings): Promise<CliWorld>;
  /** Runs the controller until the signal is aborted. @returns the exit code. */
  up(settings: Settings): Promise<number>;
  /** Removes what is of the settings' installation, with `all` of any, and nothing else. @returns the exit code. */
  down(settings: Settings, options: { readonly all: boolean }): Promise<number>;
}

export interface CliWorld {
  readonly swarm?: SwarmWorld;
  /** What containers of others take on nodes and networks. */
  readonly others?: readonly Reservation[];
  /** By job key. */
  readonly jobs?: ReadonlyMap<string, JobRecord>;
  readonly installation?: Installation;
  /** Why a part is absent, one line each. */
  readonly problems: readonly string[];
}
