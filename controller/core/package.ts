import type { PackageContent } from '../api/package.js';
import { canonical, digest } from './digest.js';
import type { Reason } from './facts.js';
import { LABEL } from './names.js';
import type { RunPackage } from './package-service.js';
import { isPaused } from './pause.js';
import type { Command } from './plan.js';
import type { RunView } from './run-view.js';
import type { Labels } from './world.js';

/** Port of the container that serves a package, on the run's overlay only. */
export const PACKAGE_PORT = 2080;

/** The first pause after a failed delivery; doubled each time, up to the longest. */
export const PACKAGE_RETRY_MS = { first: 1_000, longest: 30_000 } as const;

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

/** A container that serves a package, as Docker lists it. */
export interface PackageView {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** It runs; it is started when all of the package is in it. */
  readonly serves: boolean;
  readonly networks: readonly string[];
}

/** What is known of bringing a package to where containers get it. */
export type Delivery =
  | { readonly state: 'idle' }
  | { readonly state: 'sending' }
  | { readonly state: 'failed'; readonly error: string; readonly retryAt: number };

/**
 * The same name for the same content in an installation, and another one in each other installation: they may share a network.
 */
export function packageName(installation: string, { sha256 }: PackageContent): string {
  return `mpiswarm-package-${digest(canonical([installation, sha256])).slice(0, 16)}`;
}

/** Whom the registry's credential of a package is for; no run has such an id. */
export const packageOwner = (sha256: string): string => `package/${sha256}`;

/** What the run's containers need to know of their package. */
export function runPackage(installation: string, content: PackageContent): RunPackage {
  return { ...content, host: packageName(installation, content), port: PACKAGE_PORT };
}

/** Why the containers cannot get the run's package yet. */
export function packageReasons(view: RunView): readonly Reason[] {
  const { record, delivery } = view;
  const content = record.package;
  if (!content || isOffered(view)) return [];
  const what = `package ${record.manifest.spec.package}`;
  if (delivery.state === 'failed')
    return [{ reason: 'PackageUnavailable', message: `${what}: ${delivery.error}` }];
  const size = `${(content.bytes / 1e6).toFixed(1)} MB`;
  return [
    { reason: 'PackageDistributing', message: `${what} (${size}) is being put where containers get it` },
  ];
}

/** Puts the run's package where its containers get it. In the background, so once for each try. */
export function packageCommands(view: RunView): readonly Command[] {
  const { record, network, delivery, installation, now } = view;
  const content = record.package;
  const path = record.manifest.spec.package;
  if (!content || path === undefined || isOffered(view) || !network || network.subnets.length === 0)
    return [];
  if (delivery.state === 'sending') return [];
  if (delivery.state === 'failed' && isPaused(delivery.retryAt, now, PACKAGE_RETRY_MS.longest)) return [];
  const want: PackageWant = {
    name: packageName(installation.id, content),
    labels: {
      [LABEL.installation]: installation.id,
      [LABEL.part]: 'package',
      [LABEL.content]: content.sha256,
    },
    content,
    file: record.source.replace(/:\d+$/, ''),
    path,
    network: network.name,
  };
  return [{ do: 'offer-package', want }];
}

function isOffered({ record, installation, swarm, job }: RunView): boolean {
  const name = record.package && packageName(installation.id, record.package);
  const there = swarm.packages.find(one => one.name === name);
  return there?.serves === true && there.networks.includes(job.spec.network.name);
}
