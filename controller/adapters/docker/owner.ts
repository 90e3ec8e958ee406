import { LABEL } from '../../core/model/names.js';
import type { Labels } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import { call } from './engine.js';

/** What tells whose a thing is. The public key is not among them: keys made twice differ, and the first stays. */
const OWNER = [LABEL.part, LABEL.installation, LABEL.run, LABEL.role, LABEL.agent] as const;

/**
 * To be called when a name is taken: a thing of ours was made by an earlier call, whose reply may have been lost. Anybody
 * else's is not touched, and a person must say whose name it is.
 * @param what the call and its object: "create service ring-1-launcher".
 */
export async function mustBeOurs(
  what: string,
  wanted: Labels,
  inspect: () => Promise<{ readonly Spec?: { readonly Labels?: Labels | undefined } | undefined }>,
): Promise<void> {
  // It may be gone again by now, which the next look shows
  const found = await call(what, inspect, [404]);
  const labels = found?.Spec?.Labels ?? {};
  if (found === undefined || OWNER.every(key => labels[key] === wanted[key])) return;
  throw new PortError('blocked', `${what}: the name is taken by one that is not ours; remove or rename it`);
}
