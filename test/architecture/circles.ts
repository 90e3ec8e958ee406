import { dirname } from 'node:path';
import { imports, type Source } from './sources.js';

/** What imports what, by name. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export function fileGraph(all: readonly Source[]): Graph {
  return new Map(all.map(source => [source.path, new Set(imports(source))]));
}

/** A folder imports another one when one of its own files imports one of the other's. */
export function folderGraph(files: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of files) {
    const from = folders.get(dirname(file)) ?? new Set();
    folders.set(dirname(file), from);
    for (const to of targets) if (dirname(to) !== dirname(file)) from.add(dirname(to));
  }
  return folders;
}

/** Groups of nodes that reach one another: Tarjan's strongly connected components of more than one node, sorted. */
export function circles(graph: Graph): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    const own = index.size;
    index.set(node, own);
    low.set(node, own);
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      const reached = index.has(next) ? (path.includes(next) ? (index.get(next) ?? own) : own) : visit(next);
      low.set(node, Math.min(low.get(node) ?? own, reached));
    }
    const lowest = low.get(node) ?? own;
    if (lowest === own) {
      const circle = path.splice(path.indexOf(node));
      if (circle.length > 1) found.push(circle.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}
