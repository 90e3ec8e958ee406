import { hostfile } from '../../shared/protocol/hostfile.js';
import { agentService } from '../desired/agent-service.js';
import { networkSpec } from '../desired/network.js';
import { runDirectory } from '../desired/run-directory.js';
import { type RunInputs, runSpec } from '../desired/run-spec.js';
import { runServices } from '../desired/services.js';
import type { Facts } from '../ladder/facts.js';
import type { Command, Plan } from '../model/command.js';
import { LABEL, type RunIdentity, runLabels } from '../model/names.js';
import type { StopIntent } from '../model/record.js';
import { IMAGE_RETRY_MS, isTerminal, type Labels, type TaskView } from '../model/world.js';
import type { RunView } from '../observed/run-view.js';
import { isForgotten } from '../run/run-end.js';
import { digest } from '../text/digest.js';
import { isPaused } from '../text/pause.js';
import { driftedServices, thereFor } from './drift.js';
import { packageCommands } from './package.js';

/** A launcher container that ended before it claimed the start is made again after this time. */
const RECREATE_AFTER_MS = 5_000;
/** It ended by the clock of Swarm's manager. Where that says later than this, one of the clocks was set. */
const LONGEST_RECREATE_MS = 60_000;

/** What to do now for a run that has not ended. */
export function planRun(view: RunView, facts: Facts, intent: StopIntent | undefined): Plan {
  if (facts.started || (intent && view.znodes?.started)) return stopPlan(view, intent);
  if (intent || facts.fault || isForgotten(view)) return [];
  const commands = [
    ...imageCommands(view, facts),
    ...agentCommands(view),
    ...networkCommands(view),
    ...packageCommands(view),
    ...identityCommands(view),
  ];
  if (commands.length > 0) return [commands];
  if (facts.imaged.length > 0 || facts.networked.length > 0) return [];
  const containers = containerPlan(view);
  if (containers.length > 0) return containers;
  return startPlan(view, facts);
}

/** What has ended by itself is not asked to end: that would make it look stopped. */
function stopPlan({ znodes, run }: RunView, intent: StopIntent | undefined): Plan {
  if (!intent || !znodes || znodes.stopping || znodes.result) return [];
  return [[{ do: 'create-stop', run: run.id }]];
}

function imageCommands(view: RunView, facts: Facts): readonly Command[] {
  const { image, job, now, services, run } = view;
  if (services.launcher || facts.imaged.length === 0) return [];
  const isOpen = image.state === 'unknown' || image.state === 'unavailable';
  const rests = image.state === 'unavailable' && isPaused(image.retryAt, now, IMAGE_RETRY_MS.longest);
  return isOpen && !rests
    ? [{ do: 'resolve-image', ref: job.spec.image, policy: job.spec.imagePullPolicy, run: run.id }]
    : [];
}

function agentCommands({ swarm, installation }: RunView): readonly Command[] {
  const there = swarm.services.some(s => s.labels[LABEL.agent] === installation.agent.content);
  return there ? [] : [{ do: 'install-agent', spec: agentService(installation) }];
}

function networkCommands({ network, job, swarm, installation }: RunView): readonly Command[] {
  const { name } = job.spec.network;
  if (!network) return [{ do: 'create-network', spec: networkSpec(job, installation) }];
  if (swarm.zooKeeperNetworks && !swarm.zooKeeperNetworks.includes(name))
    return [{ do: 'attach-zookeeper', network: name }];
  return [];
}

/** Znodes and keys. They wait for nothing, so they are made while the image is pulled. */
function identityCommands(view: RunView): readonly Command[] {
  const { run, secrets, znodes, services, swarm, installation, record } = view;
  const directory = () =>
    runDirectory(swarm.nodes, installation.zookeeper, `${installation.znode}/runs/${run.id}`);
  const znode: readonly Command[] = znodes ? [] : [{ do: 'create-run', run: run.id, directory: directory() }];
  // What is there was made with the keys that were: see `outdated`
  if (services.launcher || services.workers.length > 0) return znode;
  const identity = identityOf(view);
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

function containerPlan(view: RunView): Plan {
  const { services, launcherTask } = view;
  const inputs = runInputs(view);
  const config = inputs && runConfig(inputs);
  const old = outdated(view, config);
  if (old.length > 0) return [old];
  if (!inputs || !config) return [];
  if (services.launcher && launcherTask && isGoneForGood(view, launcherTask)) {
    const { id, name } = services.launcher;
    return [[{ do: 'remove-service', id, name }]];
  }
  const drifted = driftedServices(view, runServices(inputs));
  if (drifted.length > 0) return [drifted];
  const missing = runServices(inputs).filter(spec => !thereFor(view, spec));
  if (missing.length === 0) return [];
  return [view.config ? [] : [config], missing.map(spec => ({ do: 'create-service', spec }) as const)];
}

function runConfig(inputs: RunInputs): Extract<Command, { do: 'create-config' }> {
  const content = JSON.stringify(runSpec(inputs));
  const labels = { ...runLabels(inputs.identity, 'spec'), [LABEL.content]: digest(content) };
  return { do: 'create-config', name: inputs.identity.run, content, labels };
}

/**
 * What was made for a key or network that is gone, and fits no other: services first, then the config they use. Nothing has
 * started yet; a launcher that may be starting just now is left alone.
 */
function outdated(view: RunView, wanted: { readonly labels: Labels } | undefined): readonly Command[] {
  const { services, secrets, config, znodes } = view;
  const keyless = !secrets.launcher || !secrets.worker;
  const differs = config && wanted && config.labels[LABEL.content] !== wanted.labels[LABEL.content];
  if (!(keyless || differs) || (services.launcher && znodes?.started)) return [];
  const users = [...(services.launcher ? [services.launcher] : []), ...services.workers];
  if (users.length > 0) return users.map(({ id, name }) => ({ do: 'remove-service', id, name }));
  return config ? [{ do: 'remove-config', id: config.id, name: config.name }] : [];
}

/** Swarm replaces every container but the launcher, which may start mpirun once only. */
function isGoneForGood({ now, swarm, znodes }: RunView, task: TaskView): boolean {
  if (isTerminal(task)) return !isPaused(task.changedAt + RECREATE_AFTER_MS, now, LONGEST_RECREATE_MS);
  const node = swarm.nodes.find(({ id }) => id === task.node);
  // Whoever has the token may be starting just now, and is waited for
  return node !== undefined && !node.reachable && !znodes?.started;
}

/** The inputs of everything made for a run; undefined while image, network or keys are missing. */
function runInputs(view: RunView): RunInputs | undefined {
  const { job, image, network, secrets, services, installation, record, swarm, run } = view;
  const pinned =
    services.launcher?.image ??
    services.workers[0]?.image ??
    (image.state === 'resolved' ? image.pinned : undefined);
  const hostPublicKey = secrets.worker?.labels[LABEL.publicKey];
  const clientPublicKey = secrets.launcher?.labels[LABEL.publicKey];
  if (!pinned || !network || !hostPublicKey || !clientPublicKey) return undefined;
  return {
    job,
    identity: identityOf(view),
    image: pinned,
    subnets: network.subnets,
    hostPublicKey,
    clientPublicKey,
    installation,
    nodes: swarm.nodes,
    ...(run.nodes === undefined ? {} : { chosen: run.nodes }),
    ...(record.package ? { package: record.package } : {}),
  };
}

function startPlan({ znodes, run }: RunView, facts: Facts): Plan {
  const ready = [facts.sshReady, facts.registered, facts.hostfileWritten].every(
    reasons => reasons.length === 0,
  );
  if (!ready || !znodes) return [];
  const wanted = hostfile(znodes.registrations);
  // A worker that was replaced before the claim has another address: the token is made out anew
  return znodes.startHostfile === wanted ? [] : [[{ do: 'create-start', run: run.id, hostfile: wanted }]];
}

function identityOf({ record, run, installation }: RunView): RunIdentity {
  return {
    installation: installation.id,
    key: record.key,
    uid: record.uid,
    generation: run.generation,
    run: run.id,
  };
}
