import { createHmac } from 'node:crypto';
import { type Acl, digestAcl, useAcl } from '../../../shared/zookeeper/acl.js';

/** `user:password` of a run, which its containers have; it follows from the controller's, so that any controller knows it. */
export function runCredential(credential: string, run: string): string {
  const password = credential.slice(credential.indexOf(':') + 1);
  return `run:${createHmac('sha256', password).update(run).digest('hex')}`;
}

/** Programs have their run's credential: with the right to change the ACL they could shut us out. */
export function runAcl(credential: string, run: string): Acl {
  return [...digestAcl(credential), ...useAcl(runCredential(credential, run))];
}
