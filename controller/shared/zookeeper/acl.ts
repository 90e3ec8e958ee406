import { createHash } from 'node:crypto';
import { ACL, Id, Permission } from 'node-zookeeper-client';

/** Who may do what with a znode; made by {@link digestAcl}. */
export type Acl = readonly ACL[];

/**
 * All permissions for the holder of each `user:password`, none for anybody else. The server stores
 * `user:base64(sha1(user:password))` (org.apache.zookeeper.server.auth.DigestAuthenticationProvider).
 */
export function digestAcl(...credentials: readonly string[]): Acl {
  return credentials.map(credential => entry(credential, Permission.ALL));
}

/** All but the right to change who may do what. */
const USE = Permission.CREATE | Permission.READ | Permission.WRITE | Permission.DELETE;

/** As {@link digestAcl}, for holders that may use a znode and not give or take rights on it. */
export function useAcl(...credentials: readonly string[]): Acl {
  return credentials.map(credential => entry(credential, USE));
}

function entry(credential: string, permissions: number): ACL {
  const user = credential.slice(0, credential.indexOf(':'));
  const digest = createHash('sha1').update(credential).digest('base64');
  return new ACL(permissions, new Id('digest', `${user}:${digest}`));
}
