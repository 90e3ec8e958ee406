import { readFileSync } from 'node:fs';

export interface User {
  readonly name: string;
  readonly uid: number;
  /** No password works for this account, and OpenSSH counts it as locked (a leading `!` in /etc/shadow). */
  readonly locked: boolean;
}

/**
 * The user with this uid as the image's own files name it, or undefined when /etc/passwd has no such entry: neither ssh
 * nor sshd works for a user without one. Read here and not asked of the C library, which is not the image's.
 */
export function user(uid: number, etc = '/etc'): User | undefined {
  const entry = lines(`${etc}/passwd`).find(fields => fields[2] === String(uid));
  const name = entry?.[0];
  if (name === undefined) return undefined;
  const shadow = lines(`${etc}/shadow`).find(fields => fields[0] === name);
  return { name, uid, locked: shadow?.[1]?.startsWith('!') ?? false };
}

function lines(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map(line => line.split(':'));
  } catch {
    return []; // absent, or (shadow) not readable by this user: as good as without entries
  }
}
