import type { Command } from '../model/command.js';
import { runLabels } from '../model/names.js';
import { indexed } from '../model/swarm-index.js';
import { IMAGE_RETRY_MS } from '../model/world.js';
import type { Situation } from '../run/situation.js';
import { isPaused } from '../text/pause.js';
import { packageCommands } from './package.js';

/** What a run needs before it has containers: its image, the agent, the network, its package, znodes and keys. */
export function groundwork(situation: Situation): readonly Command[] {
  return [
    ...imageCommands(situation),
    ...agentCommands(situation),
    ...networkCommands(situation),
    ...packageCommands(situation),
    ...identityCommands(situation),
  ];
}

function imageCommands({ view, facts }: Situation): readonly Command[] {
  const { image, job, now, services, run } = view;
  if (services.launcher || facts.reasons.imaged.length === 0) return [];
  const isOpen = image.state === 'unknown' || image.state === 'unavailable';
  const pauses = image.state === 'unavailable' && isPaused(image.retryAt, now, IMAGE_RETRY_MS.longest);
  return isOpen && !pauses
    ? [{ do: 'resolve-image', ref: job.spec.image, policy: job.spec.imagePullPolicy, run: run.id }]
    : [];
}

function agentCommands({ view: { swarm, installation }, desired }: Situation): readonly Command[] {
  return indexed(swarm).agent(installation.agent.content)
    ? []
    : [{ do: 'install-agent', spec: desired.agent }];
}

function networkCommands({ view: { network, swarm }, desired }: Situation): readonly Command[] {
  if (!network) return [{ do: 'create-network', spec: desired.network }];
  const { name } = desired.network;
  if (swarm.zooKeeperNetworks && !swarm.zooKeeperNetworks.includes(name))
    return [{ do: 'attach-zookeeper', network: name }];
  return [];
}

/** Znodes and keys. They wait for nothing, so they are made while the image is pulled. */
function identityCommands({ view, desired }: Situation): readonly Command[] {
  const { run, secrets, znodes, services, record } = view;
  const { directory, identity } = desired;
  const znode: readonly Command[] = znodes ? [] : [{ do: 'create-run', run: run.id, directory }];
  // What is there was made with the keys that were: see `outdated`
  if (services.launcher || services.workers.length > 0) return znode;
  const keys = (role: 'launcher' | 'worker'): readonly Command[] =>
    secrets[role]
      ? []
      : [
          {
            do: 'create-keys',
            run: run.id,
            role,
            name: `${run.id}-${role}`,
            labels: runLabels(identity, role),
            ...(record.package ? { package: record.package.sha256 } : {}),
          },
        ];
  return [...znode, ...keys('launcher'), ...keys('worker')];
}
