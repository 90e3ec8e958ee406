/** Writes docs/reference/reasons.md from the reasons and their texts; with `--check` says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { REASONS, type ReasonGroup } from '../../controller/core/model/reasons.js';
import { CONDITIONS, EVENTS, MANIFEST, OUTPUTS } from './others.js';
import { CALLS, ENDS, RUNNING, STORES } from './runs.js';
import type { ReasonText, Texts } from './text.js';
import { CONTAINERS, NETWORK, PENDING, REGISTRATIONS } from './waiting.js';

const PAGE = fileURLToPath(new URL('../../docs/reference/reasons.md', import.meta.url));

const TEXTS: { readonly [Group in ReasonGroup]: Texts<Group> } = {
  pending: PENDING,
  network: NETWORK,
  containers: CONTAINERS,
  registrations: REGISTRATIONS,
  running: RUNNING,
  calls: CALLS,
  stores: STORES,
  ends: ENDS,
  manifest: MANIFEST,
  conditions: CONDITIONS,
  events: EVENTS,
  outputs: OUTPUTS,
};

const TITLES: Readonly<Record<ReasonGroup, string>> = {
  pending: 'Waiting in `pending`',
  network: 'Waiting for the network',
  containers: 'Waiting for containers and SSH',
  registrations: 'Waiting for registrations and the hostfile',
  running: 'While a run is going on, or ending',
  calls: 'Calls that fail',
  stores: 'Why a controller that leads does nothing (in the log of `mpiswarm up`)',
  ends: 'How a run ended',
  manifest: 'The manifest and its folder',
  conditions: 'Conditions',
  events: 'Events',
  outputs: 'Why output was removed',
};

const HEAD = `<!-- Generated from controller/core/model/reasons.ts and scripts/reasons/. Do not edit: run npm run generate. -->

# Reasons

Each condition, each thing that a job waits on, each event and each end of a run has a reason: one word, for programs and for
search. \`mpiswarm describe JOB\` shows it with a message that has the details. How to go about it:
[Debug a job that waits](../how-to/debug-a-waiting-job.md).
`;

/** The page as it should be. */
export function reasonsPage(): string {
  return [HEAD, ...(Object.keys(REASONS) as ReasonGroup[]).map(section)].join('\n');
}

function section(group: ReasonGroup): string {
  const texts: Readonly<Record<string, ReasonText>> = TEXTS[group];
  const rows = REASONS[group].map(name => `| \`${name}\` | ${texts[name]?.means} | ${texts[name]?.todo} |`);
  return [
    `## ${TITLES[group]}`,
    '',
    '| reason | what it means | what to do |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = reasonsPage();
  if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
  else if (readFileSync(PAGE, 'utf8') !== page) {
    console.error('docs/reference/reasons.md is not current: run npm run generate');
    process.exitCode = 1;
  }
}
