import { packageName } from '../desired/package.js';
import { isOffered } from '../ladder/package.js';
import type { Command } from '../model/command.js';
import { LABEL } from '../model/names.js';
import type { PackageWant } from '../model/specs.js';
import type { RunView } from '../observed/run-view.js';
import { isPaused } from '../text/pause.js';

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

/** The first pause after a failed delivery; doubled each time, up to the longest. */
export const PACKAGE_RETRY_MS = { first: 1_000, longest: 30_000 } as const;
