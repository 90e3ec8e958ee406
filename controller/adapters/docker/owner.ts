import { LABEL } from '../../core/model/names.js';
import type { Labels } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import { call } from './engine.js';

/** The labels that identify an owner. The public key isn't one: keys made twice differ, and the first is kept. */
const OWNER = [LABEL.part, LABEL.installation, LABEL.run, LABEL.role, LABEL.agent] as const;

/**
 * Call this when a name is taken. Ours comes from an earlier call whose reply may have been lost. We don't touch
 * anyone else's: a person must free the name.
 * @param what the call and its object: "create service ring-1-launcher".
 */
export async function mustBeOurs(
  what: string,
  wanted: Labels,
  inspect: () => Promise<{ readonly Spec?: { readonly Labels?: Labels | undefined } | undefined }>,
): Promise<void> {
  // It may be gone by now; the next observation shows that
  const found = await call(what, inspect, [404]);
  const labels = found?.Spec?.Labels ?? {};
  if (found === undefined || OWNER.every(key => labels[key] === wanted[key])) return;
  throw new PortError('blocked', `${what}: the name is taken by one that is not ours; remove or rename it`);
}
