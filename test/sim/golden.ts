/**
 * Transcripts of simulated plans, as they are checked in: what the controller does and stores, tick by tick. They are to stay equal
 * while the code is restructured; a change of what jobs do is read as their diff. `npm run sim -- --golden` writes them again.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { formatPlan, parsePlan } from './plan.js';
import { play } from './play.js';
import { Transcript } from './transcript.js';
import { WORKLOADS } from './workloads.js';

/** Every workload without faults, and each kind of fault and edit where much hangs on it. */
export const GOLDEN: readonly string[] = [
  ...Object.keys(WORKLOADS).map(workload => `${workload}:`),
  'ring:crash-during@e7',
  'ring:lost@e13',
  'ring:pause-after@e9',
  'ring:stale-swarm-3@registered',
  'ring:image-lost@pending',
  'long:kill-worker@running',
  'long:node-crash@running',
  'long:end-launcher@running',
  'long:zk-loss-long@running',
  'long:break-mend@running',
  'long:edit-policy@running',
  'retry:cancel@BackOff',
];

const FOLDER = new URL('golden/', import.meta.url);

/** The transcript of a plan. Throws when the plan does not end well. */
export async function transcript(id: string): Promise<string> {
  const plan = parsePlan(id);
  const transcripts: Transcript[] = [];
  const { violations, struck, trace } = await play(plan, undefined, world =>
    transcripts.push(new Transcript(world)),
  );
  if (violations.length > 0) throw new Error(`${id}: ${violations.join('\n')}\n${trace.join('\n')}`);
  if (!struck) throw new Error(`${id}: not every fault strikes`);
  const lines = transcripts.flatMap(one => one.end());
  return [formatPlan(plan), WORKLOADS[plan.workload]?.about, ...lines, ''].join('\n');
}

/** What is checked in of a plan. */
export async function golden(id: string): Promise<string> {
  return readFile(fileOf(id), 'utf8');
}

/** Writes all transcripts, and removes those of plans that are no longer played. */
export async function writeGolden(): Promise<readonly string[]> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER);
  for (const id of GOLDEN) await writeFile(fileOf(id), await transcript(id));
  return GOLDEN;
}

/** `ring-crash-during-e7.txt` */
export function fileOf(id: string): URL {
  return new URL(`${id.replaceAll(/[^\w-]+/g, '-').replace(/-$/, '')}.txt`, FOLDER);
}
