import type { JobRecord } from '../../core/model/record.js';
import { listWords } from '../../shared/list-words.js';
import { oneLine } from '../../shared/one-line.js';
import { age } from './age.js';
import { resource } from './resource.js';

export interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly type: 'string' | 'integer' | 'date';
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: 0 | 1;
}

/** The printer columns of crd-like-schemas/mpijob.yaml, behind NAME. */
export const COLUMNS: readonly Column[] = [
  { name: 'Phase', jsonPath: '.status.phase', type: 'string', priority: 0 },
  { name: 'Outcome', jsonPath: '.status.outcome', type: 'string', priority: 0 },
  { name: 'Workers', jsonPath: '.spec.workers.replicas', type: 'integer', priority: 0 },
  { name: 'Run', jsonPath: '.status.run', type: 'string', priority: 0 },
  { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date', priority: 0 },
  { name: 'Image', jsonPath: '.spec.image', type: 'string', priority: 1 },
  { name: 'Network', jsonPath: '.spec.network.name', type: 'string', priority: 1 },
  { name: 'Reason', jsonPath: '.status.reason', type: 'string', priority: 1 },
];

export interface GetOptions {
  readonly wide: boolean;
  readonly namespaces: boolean;
  readonly now: number;
}

export function getHeader({ wide, namespaces }: GetOptions): readonly string[] {
  return [...(namespaces ? ['NAMESPACE'] : []), 'NAME', ...columns(wide).map(c => c.name.toUpperCase())];
}

/** A row that is not shown: as wide as phase and outcome may become while jobs are watched. */
export function roomRow({ wide, namespaces }: GetOptions): readonly string[] {
  const widest: Readonly<Record<string, string>> = { Phase: 'hostfile-written', Outcome: 'Succeeded' };
  return [...(namespaces ? [''] : []), '', ...columns(wide).map(({ name }) => widest[name] ?? '')];
}

/** @param phase shown in place of the one in the record. */
export function getRow(
  record: JobRecord,
  { wide, namespaces, now }: GetOptions,
  phase?: string,
): readonly string[] {
  const { name, namespace } = record.manifest.metadata;
  // Of workers in groups the number is of all of them
  const object: unknown = { ...resource(record), spec: record.manifest.spec };
  const cells = columns(wide).map(column =>
    column.name === 'Phase' && phase !== undefined ? phase : cell(column, at(object, column.jsonPath), now),
  );
  return [...(namespaces ? [namespace] : []), name, ...cells];
}

/** Warnings about jobs whose manifest has a problem; the same warning for several jobs is shown once. */
export function manifestWarnings(records: readonly JobRecord[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { key, status } of records) {
    const valid = status.conditions.find(({ type }) => type === 'ManifestValid');
    if (!valid || valid.reason === 'Valid') continue;
    names.set(valid.message, [...(names.get(valid.message) ?? []), key]);
  }
  return [...names].map(([message, keys]) => {
    return `warning: ${listWords(keys, { shown: 3 })}: ${oneLine(message)}`;
  });
}

function columns(wide: boolean): readonly Column[] {
  return COLUMNS.filter(column => wide || column.priority === 0);
}

function cell({ type }: Column, value: unknown, now: number): string {
  if (value === undefined || value === '') return '-';
  return type === 'date' ? age(now - Date.parse(String(value))) : oneLine(String(value));
}

function at(object: unknown, jsonPath: string): unknown {
  let value = object;
  for (const step of jsonPath.split('.').slice(1))
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[step];
  return value;
}
