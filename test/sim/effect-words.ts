/** What is given along with each effect, in words that stay the same while the code is restructured: the transcripts show them. */
import { createHash } from 'node:crypto';
import { LABEL } from '../../controller/core/model/names.js';
import type { NetworkSpec, ResourceAmounts, ServiceSpec } from '../../controller/core/model/specs.js';
import type { Labels } from '../../controller/core/model/world.js';
import type { RunDirectory } from '../../controller/shared/protocol/program-records.js';
import type { StartToken } from '../../controller/shared/protocol/protocol.js';

export function networkWords({ encrypted, subnet }: NetworkSpec): string {
  return [...(encrypted ? ['encrypted'] : []), ...(subnet === undefined ? [] : [subnet])].join(' ');
}

export function serviceWords(spec: ServiceSpec): string {
  const { mode, hostname = '', secrets, configs, nodes = {}, maxPerNode } = spec;
  return words({
    copies: mode.kind === 'global' ? 'every node' : String(mode.replicas),
    image: spec.image,
    hostname,
    networks: spec.networks.join(' '),
    files: [...secrets, ...configs].map(({ name }) => name).join(' '),
    restart: spec.restart,
    'only on': nodes.node ?? '',
    'not on': (nodes.notNodes ?? []).join(' '),
    constraints: spec.constraints.join(' '),
    spread: spec.spread.join(' '),
    'per node': String(maxPerNode ?? ''),
    resources: resourceWords(spec.resources),
    env: digest(JSON.stringify(spec.env)),
    labels: digest(JSON.stringify(spec.labels)),
  });
}

function resourceWords(amounts: ResourceAmounts): string {
  const { requestNanoCpus, requestMemoryBytes, limitNanoCpus, limitMemoryBytes } = amounts;
  const named = [
    ['cpu≥', requestNanoCpus],
    ['memory≥', requestMemoryBytes],
    ['cpu≤', limitNanoCpus],
    ['memory≤', limitMemoryBytes],
  ] as const;
  return named.flatMap(([name, amount]) => (amount === undefined ? [] : [`${name}${amount}`])).join(' ');
}

/** How the run is started, and a digest of all that its containers are given to read. */
export function configWords(content: string): string {
  const { command } = JSON.parse(content) as { readonly command: readonly string[] };
  return words({ content: digest(content), starts: command.join(' ') });
}

export function labelWords(labels: Labels): string {
  return words({ role: labels[LABEL.role] ?? '' });
}

export function directoryWords({ nodes, jobMaster }: RunDirectory): string {
  return words({ nodes: Object.keys(nodes).join(' '), 'job master': jobMaster });
}

export function hostfileWords({ hostfile }: StartToken): string {
  return words({ hostfile: JSON.stringify(hostfile) });
}

/** Which number a key or a uid has depends on the order in which jobs are taken, so they count for nothing. */
export function digest(text: string): string {
  const plain = text.replaceAll(/PUBLIC\d+/g, 'PUBLIC').replaceAll(/\b[0-9a-f]{8}\b/g, 'UID');
  return createHash('sha256').update(plain).digest('hex').slice(0, 8);
}

/** `name: value` of all that have one. */
function words(named: Readonly<Record<string, string>>): string {
  const given = Object.entries(named).filter(([, value]) => value !== '');
  return given.map(([name, value]) => `${name}: ${value}`).join(', ');
}
