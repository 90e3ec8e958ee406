import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import { listWords } from '../../shared/list-words.js';
import type { ReasonName } from '../model/reasons.js';
import type { JobRecord } from '../model/record.js';
import { withEvent } from '../status/status.js';
import { isSame } from '../text/digest.js';
import { affectsRun, changedFields, changedPackage } from './changes.js';
import { withManifest } from './record.js';

/** A manifest that counts, where it was read, and what is in its package. */
export interface Definition {
  readonly manifest: MPIJob;
  readonly source: string;
  readonly package?: PackageContent;
}

/**
 * The record with the manifest as it is now, and with an event that says which fields changed and what that means; the
 * same reference when nothing changed.
 */
export function applyEdit(record: JobRecord, definition: Definition, now: number): JobRecord {
  const { manifest, source, package: content } = definition;
  const run = record.status.runs.at(-1);
  const restored = run?.stopped === 'deleted' && run.generation === record.generation;
  const same = record.source === source && isSame(record.manifest, manifest);
  if (same && record.package?.sha256 === content?.sha256 && !restored) return record;
  const next = withManifest(record, manifest, source, content);
  // The manifest came back during removal: run again what was stopped for it
  return recordEdit(restored ? { ...next, generation: record.generation + 1 } : next, record, now);
}

function recordEdit(record: JobRecord, before: JobRecord, now: number): JobRecord {
  const { generation } = record;
  const fields = [...changedFields(before.manifest, record.manifest), ...changedPackage(before, record)];
  const what = fields.filter(affectsRun);
  const paths = fields.map(({ path }) => path);
  const names = listWords(paths, { shown: 5 });
  const event = (reason: ReasonName, message: string): JobRecord =>
    withEvent(record, { at: now, type: 'Normal', reason, message });
  // First match wins
  if (what.length > 0) {
    const rerun = what.every(({ path }) => path === 'spec.runPolicy.rerun');
    return event(rerun ? 'RerunRequested' : 'ManifestChanged', `generation ${generation}: ${names} changed`);
  }
  if (generation > before.generation)
    return event('ManifestRestored', `generation ${generation}: the manifest is back`);
  return fields.length > 0 ? event('PolicyChanged', `${names} changed`) : record;
}
