import { AGENT_ENV } from '../../shared/protocol/protocol.js';
import { agentName, LABEL } from '../model/names.js';
import type { Installation, ServiceSpec } from '../model/specs.js';
import { agentVolume } from './mounts.js';

/** Puts the agent on every node: an empty named volume is filled from the image at its mount point. */
export function agentService(installation: Installation): ServiceSpec {
  const { image, content, command } = installation.agent;
  return {
    name: agentName(content),
    labels: { [LABEL.installation]: installation.id, [LABEL.part]: 'agent', [LABEL.agent]: content },
    image,
    withRegistryAuth: true,
    command: [...command, 'verify'],
    env: { [AGENT_ENV.nodeHostname]: '{{.Node.Hostname}}' },
    mode: { kind: 'global' },
    restart: 'on-failure',
    networks: [],
    mounts: [agentVolume(installation.agent, { readOnly: false, noCopy: false })],
    secrets: [],
    configs: [],
    constraints: [],
    spread: [],
    resources: {},
    stopGraceMs: 1_000,
  };
}
