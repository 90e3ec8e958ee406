import { isOffered } from '../ladder/package.js';
import type { Command } from '../model/command.js';
import type { Situation } from '../run/situation.js';
import { isPaused } from '../text/pause.js';

/** The first pause after a failed delivery; doubled each time, up to the longest. */
export const PACKAGE_RETRY_MS = { first: 1_000, longest: 30_000 } as const;

/** Puts the run's package where its containers get it. In the background, so once for each try. */
export function packageCommands({ view, desired }: Situation): readonly Command[] {
  const { delivery, now } = view;
  const want = desired.package;
  if (!want || isOffered(view) || delivery.state === 'sending') return [];
  if (delivery.state === 'failed' && isPaused(delivery.retryAt, now, PACKAGE_RETRY_MS.longest)) return [];
  return [{ do: 'offer-package', want }];
}
