import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between SIGTERM and SIGKILL: an orted or a rank that wants to end in order has this long, in milliseconds. */
const GRACE_MS = 1000;

/**
 * Ends a process and all that descend from it: SIGTERM, then SIGKILL to what is left. The tree is read before the first
 * signal, because children of an ended parent can no longer be found from it.
 */
export async function killTree(root: number): Promise<void> {
  const tree = [root, ...descendants(root, parents())];
  for (const pid of tree) signal(pid, 'SIGTERM');
  const end = performance.now() + GRACE_MS;
  while (tree.some(isAlive) && performance.now() < end) await sleep(10);
  for (const pid of tree.filter(isAlive)) signal(pid, 'SIGKILL');
}

function descendants(root: number, parentOf: ReadonlyMap<number, number>): readonly number[] {
  const children = [...parentOf].filter(([, parent]) => parent === root).map(([pid]) => pid);
  return children.flatMap(pid => [pid, ...descendants(pid, parentOf)]);
}

/** Parent by process id, from /proc/PID/stat; its second field may hold blanks and brackets, so count from its end. */
function parents(): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    const stat = statOf(Number(name));
    if (stat !== undefined) found.set(Number(name), stat.parent);
  }
  return found;
}

function statOf(pid: number): { readonly parent: number; readonly state: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), state };
  } catch {
    return undefined; // ended while we looked
  }
}

/** A zombie has ended: its parent has only not asked for its exit code yet. */
function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z';
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended first, which is what was wanted
  }
}
