import type { MPIJob } from '../types/mpijob.js';
import { withDefaults } from './validate.js';

/** A manifest that says nothing but what must be said, and that in a way no manifest can. */
const NOTHING = {
  ...{ apiVersion: '', kind: '', metadata: { name: '' } },
  spec: { image: '', workers: { replicas: 0 } },
} as unknown as MPIJob;

let defaults: unknown;

/** The manifest without what {@link withDefaults} fills in; values in forms that it does not fill in stay. */
export function withoutDefaults(manifest: MPIJob): MPIJob {
  defaults ??= withDefaults(NOTHING);
  return stripped(manifest, defaults) as MPIJob;
}

function stripped(value: unknown, usual: unknown): unknown {
  if (!isFields(value) || !isFields(usual)) return value;
  const own = Object.entries(value).flatMap(([name, one]) =>
    JSON.stringify(one) === JSON.stringify(usual[name]) ? [] : [[name, stripped(one, usual[name])] as const],
  );
  return Object.fromEntries(own);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
