import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import { given } from '../../shared/given.js';
import { FORMAT, type JobRecord } from '../model/record.js';
import { nextStep } from '../run/next-step.js';
import { runHash } from '../text/digest.js';

/** The record of a job that was never seen before. Its first run is added by {@link nextStep}. */
export function newRecord(
  manifest: MPIJob,
  source: string,
  at: { readonly uid: string; readonly now: number; readonly package?: PackageContent },
): JobRecord {
  const { namespace, name } = manifest.metadata;
  return {
    format: FORMAT,
    key: `${namespace}/${name}`,
    uid: at.uid,
    createdAt: at.now,
    manifest,
    ...given({ package: at.package }),
    source,
    generation: 1,
    runHash: runHash(manifest, at.package),
    status: {
      observedGeneration: 0,
      phase: 'pending',
      conditions: [],
      waitingOn: [],
      workers: [],
      runs: [],
      events: [],
    },
  };
}

/** The record with the manifest as it is now; what runs makes a new generation, policy does not. */
export function withManifest(
  { package: _, ...record }: JobRecord,
  manifest: MPIJob,
  source: string,
  content?: PackageContent,
): JobRecord {
  const hash = runHash(manifest, content);
  return {
    ...record,
    manifest,
    ...given({ package: content }),
    source,
    runHash: hash,
    generation: hash === record.runHash ? record.generation : record.generation + 1,
  };
}
