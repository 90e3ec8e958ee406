import type Docker from 'dockerode';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const LEAST = GIB;
const MOST = 8 * GIB;

/** Of the image's java as `mpiswarm/zookeeper` had it before it was given. */
const BEFORE = 256 * MIB;

/** Which `java` reads before its own command line (JDK 9 and later, the `java` command, "JDK_JAVA_OPTIONS"). */
const OPTIONS = 'JDK_JAVA_OPTIONS';

/**
 * How much memory ZooKeeper's data may take: a quarter of the machine's, at least 1 GiB where that leaves half of it to
 * others, at most 8 GiB.
 */
export function usualHeap(machineBytes: number): number {
  const least = Math.min(LEAST, machineBytes / 2);
  return Math.round(Math.min(MOST, Math.max(least, machineBytes / 4)));
}

/** The same of the machine that the engine runs on. */
export async function machineHeap(docker: Docker): Promise<number> {
  const { MemTotal } = (await docker.info()) as { readonly MemTotal?: number };
  return MemTotal ? usualHeap(MemTotal) : LEAST;
}

/** The variable that gives a container's java this heap. */
export function heapVariable(bytes: number): string {
  return `${OPTIONS}=-Xmx${Math.max(1, Math.floor(bytes / MIB))}m`;
}

/** What a container's java was given when it was made. */
export function heapOf(variables: readonly string[]): number {
  const given = variables.map(text => new RegExp(`^${OPTIONS}=.*-Xmx(\\d+)m`).exec(text)?.[1]);
  const mebibytes = given.find(found => found !== undefined);
  return mebibytes === undefined ? BEFORE : Number(mebibytes) * MIB;
}
