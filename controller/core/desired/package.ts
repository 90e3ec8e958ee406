import type { PackageContent } from '../../api/types/package.js';
import type { RunPackage } from '../../shared/protocol/package-service.js';
import { LABEL } from '../model/names.js';
import type { PackageWant } from '../model/specs.js';
import type { RunView } from '../observed/run-view.js';
import { canonical, digest } from '../text/digest.js';
import { fileOf } from '../text/source.js';

/** Port of the container that serves a package, on the run's overlay only. */
export const PACKAGE_PORT = 2080;

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

/** What should serve the run's package; undefined without a package, or while the network has no subnet. */
export function packageWant({ record, network, installation }: RunView): PackageWant | undefined {
  const content = record.package;
  const path = record.manifest.spec.package;
  if (!content || path === undefined || !network || network.subnets.length === 0) return undefined;
  return {
    name: packageName(installation.id, content),
    labels: {
      [LABEL.installation]: installation.id,
      [LABEL.part]: 'package',
      [LABEL.content]: content.sha256,
    },
    content,
    file: fileOf(record.source),
    path,
    network: network.name,
  };
}
