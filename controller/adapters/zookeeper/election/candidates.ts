import type { ControllerView } from '../../../ports/leadership.js';
import type { Znode } from '../../../shared/zookeeper/session-types.js';
import { parseController, parseTerm } from '../znodes/records.js';
import { EPOCH, LINE } from '../znodes/root.js';

interface Reader {
  get(path: string, watch?: () => void): Promise<Znode | undefined>;
  children(path: string): Promise<string[] | undefined>;
}

/** A controller's place in the line. */
export interface Place {
  readonly path: string;
  readonly znode: Znode;
}

export interface Line {
  /** In the order in which their znodes were made: the first one leads, the next takes over. */
  readonly places: readonly Place[];
  readonly epoch: Znode;
}

/** Undefined if the root has no line yet. The watch is called when another term begins. */
export async function readLine(session: Reader, root: string, watch?: () => void): Promise<Line | undefined> {
  const folder = `${root}/${LINE}`;
  const [names, epoch] = await Promise.all([
    session.children(folder),
    session.get(`${root}/${EPOCH}`, watch),
  ]);
  if (!names || !epoch) return undefined;
  const places = await Promise.all(
    names.map(async (name): Promise<readonly Place[]> => {
      const path = `${folder}/${name}`;
      const znode = await session.get(path);
      return znode ? [{ path, znode }] : [];
    }),
  );
  return { places: places.flat().sort((a, b) => (a.znode.czxid < b.znode.czxid ? -1 : 1)), epoch };
}

/** The controllers in line. The first one has its term, unless it's just taking over. */
export function controllersOf({ places, epoch }: Line): readonly ControllerView[] {
  const term = parseTerm(epoch.data);
  return places.flatMap(({ path, znode }): readonly ControllerView[] => {
    const written = parseController(znode.data);
    if (!written) return [];
    const { host, pid, since } = written;
    const controller = { host, pid, since };
    if (term?.controller !== path) return [controller];
    return [{ ...controller, since: term.since, term: { epoch: epoch.version } }];
  });
}
