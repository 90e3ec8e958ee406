/**
 * What Docker gives every container by default and no program of a job needs: to forge packets of other containers on the same
 * network, to make device files, to write the host's audit log, and to give capabilities to files.
 */
const NOT_NEEDED = ['NET_RAW', 'MKNOD', 'SETFCAP'] as const;

/**
 * The capabilities that our containers go without.
 * @param auditWrite leaves them AUDIT_WRITE: sshd of Red Hat's family accepts no login as root without it.
 */
export function droppedCapabilities({ auditWrite }: { readonly auditWrite: boolean }): readonly string[] {
  return [...NOT_NEEDED, ...(auditWrite ? [] : ['AUDIT_WRITE'])].map(name => `CAP_${name}`);
}
