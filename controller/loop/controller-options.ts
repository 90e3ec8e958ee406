import type { Policy } from '../api/policy/policy.js';
import type { Limits } from '../core/gc/outputs.js';
import type { Installation } from '../core/model/specs.js';
import type { ControllerEvent } from '../ports/events.js';
import type { Leadership } from '../ports/leadership.js';
import type { Manifests } from '../ports/manifests.js';
import type { Ports } from '../ports/ports.js';

export interface ControllerOptions {
  readonly ports: Ports & { readonly manifests: Manifests; readonly leadership: Leadership };
  readonly installation: Installation;
  /** What jobs may have, as it is now; absent: anything. */
  readonly policy?: () => Promise<Policy>;
  /** What is kept of the output of ended runs. */
  readonly limits?: Limits;
  /** A folder that is emptied removes its jobs like any other removed manifest. */
  readonly allowPruneAll?: boolean;
  /** Go on with a ZooKeeper that does not know of what the swarm has of its jobs, and remove that. */
  readonly allowEmptyZookeeper?: boolean;
  /** How long a finished job of which something is left may go without being assessed, in milliseconds. */
  readonly idleMs?: number;
  /** Receives everything worth a log line: one call per decision, none when nothing changed. */
  readonly report: (event: ControllerEvent) => void;
}
