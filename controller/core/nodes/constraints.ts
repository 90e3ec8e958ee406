import type { NodeView } from '../model/world.js';

/**
 * Whether a node meets Swarm placement constraints (`node.role==worker`, `node.labels.rack!=r1`, …; syntax:
 * https://docs.docker.com/reference/cli/docker/service/create/#constraint). Constraints on what we do not read
 * (`engine.labels`, `node.platform`) count as met, so that a node is rather prepared once too often.
 */
export function meets(node: NodeView, constraints: readonly string[]): boolean {
  return constraints.every(constraint => {
    const match = /^\s*([\w.-]+)\s*(==|!=)\s*(.*?)\s*$/.exec(constraint);
    if (!match) return true;
    const [, key = '', operator, expected = ''] = match;
    const actual = attribute(node, key);
    if (actual === undefined) return true;
    const equal = actual.toLowerCase() === expected.toLowerCase();
    return operator === '==' ? equal : !equal;
  });
}

function attribute(node: NodeView, key: string): string | undefined {
  if (key === 'node.id') return node.id;
  if (key === 'node.hostname') return node.hostname;
  if (key === 'node.role') return node.role;
  if (key === 'node.ip') return node.address;
  if (key.startsWith('node.labels.')) return node.labels[key.slice('node.labels.'.length)] ?? '';
  return undefined;
}
