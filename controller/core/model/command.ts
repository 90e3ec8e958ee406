import type { JobSpec } from '../../api/types/mpijob.js';
import type { RunDirectory } from '../../shared/protocol/program-records.js';
import type { ConfigSpec, NetworkSpec, PackageWant, ServiceSpec } from './specs.js';
import type { Labels } from './world.js';

/** One idempotent effect. */
export type Command =
  | {
      readonly do: 'resolve-image';
      readonly ref: string;
      readonly policy: JobSpec['imagePullPolicy'];
      readonly run: string;
    }
  | { readonly do: 'install-agent'; readonly spec: ServiceSpec }
  | { readonly do: 'create-network'; readonly spec: NetworkSpec }
  | { readonly do: 'attach-zookeeper'; readonly network: string }
  | { readonly do: 'offer-package'; readonly want: PackageWant }
  | { readonly do: 'create-run'; readonly run: string; readonly directory: RunDirectory }
  /** A Swarm secret around a key pair made for it; the public key goes into a label. */
  | {
      readonly do: 'create-keys';
      readonly run: string;
      readonly role: 'launcher' | 'worker';
      readonly name: string;
      readonly labels: Labels;
      /** Digest of the run's package, whose credential goes into the secret too. */
      readonly package?: string;
    }
  | ({ readonly do: 'create-config' } & ConfigSpec)
  | { readonly do: 'create-service'; readonly spec: ServiceSpec }
  | { readonly do: 'create-start'; readonly run: string; readonly hostfile: string }
  | { readonly do: 'create-stop'; readonly run: string }
  | {
      readonly do: 'store-output';
      readonly run: string;
      readonly service: string;
      /** Services of the other workers, whose containers have the copies of what their ranks wrote. */
      readonly workers: readonly string[];
      /** How many bytes of copies there are, where that is waited for. */
      readonly copied?: number;
      readonly giveUp: boolean;
      readonly bytes?: number;
    }
  | { readonly do: 'remove-service'; readonly id: string; readonly name: string }
  | { readonly do: 'remove-secret'; readonly id: string; readonly name: string }
  | { readonly do: 'remove-config'; readonly id: string; readonly name: string }
  | { readonly do: 'remove-run'; readonly run: string }
  | { readonly do: 'remove-output'; readonly run: string };

/** Commands of one stage may be issued together; a stage begins when all of the one before succeeded. */
export type Plan = readonly (readonly Command[])[];
