import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { engineClient } from '../adapters/docker/engine.js';
import { registryAuth } from '../adapters/docker/registry-auth.js';
import { DockerImages } from '../adapters/images/images.js';
import { runtime } from '../adapters/lib/runtime.js';
import { ManifestFolder } from '../adapters/manifests/folder.js';
import { BackgroundOutputs } from '../adapters/outputs/background.js';
import { OutputFolder } from '../adapters/outputs/folder.js';
import { DockerPackages } from '../adapters/packages/packages.js';
import { PolicyFile } from '../adapters/policy/policy-file.js';
import { ensureAgent } from '../adapters/setup/agent.js';
import { checkOnlyZooKeeper } from '../adapters/setup/other-zookeeper.js';
import { initSwarm, nodeId, swarmMode } from '../adapters/setup/swarm-mode.js';
import { ensureZooKeeper, type KnownContainer } from '../adapters/setup/zookeeper-container.js';
import { neededHeap } from '../adapters/setup/zookeeper-fill.js';
import { zooKeeperCredential } from '../adapters/state-dir/credential.js';
import { noteInstallation, OUTPUT_FOLDER } from '../adapters/state-dir/installations.js';
import { DockerSwarm } from '../adapters/swarm/swarm.js';
import { ZooKeeperStateStore } from '../adapters/zookeeper/state-store.js';
import type { Installation } from '../core/model/specs.js';
import { Controller } from '../loop/controller.js';
import { run } from '../loop/tick-loop.js';
import { PortError } from '../ports/errors.js';
import type { ControllerEvent } from '../ports/events.js';
import type { Settings } from '../settings/settings.js';
import { installationAddress } from './installation.js';
import { watchFill } from './zookeeper-fill.js';

export interface UpOptions {
  readonly settings: Settings;
  readonly signal: AbortSignal;
  /** What is being set up, a line each. */
  readonly say: (line: string) => void;
  readonly report: (event: ControllerEvent) => void;
}

/**
 * Sets up what is missing, then reconciles until aborted, for as long as it leads. Jobs go on when it ends, and are found
 * again by the next that leads.
 */
export async function up({ settings, signal, say, report }: UpOptions): Promise<void> {
  await mkdir(settings.stateDir, { recursive: true, mode: 0o700 });
  // Nothing is made without the rules for it
  const policy = settings.policy === undefined ? undefined : await PolicyFile.open(settings.policy, say);
  const docker = engineClient(settings.docker);
  await ensureSwarm(docker, settings, say);
  const credential = await zooKeeperCredential(settings, true);
  const embedded = settings.zookeeper === undefined;
  const node = await nodeId(docker);
  if (embedded) await checkOnlyZooKeeper(docker, node);
  const { id, zookeeper } = installationAddress(settings, node);
  await noteInstallation(settings.stateDir, id);
  const own = embedded ? await embeddedZooKeeper(docker, settings, say) : undefined;
  const hosts = settings.zookeeper ?? `127.0.0.1:${own?.port}`;
  const agent = await ensureAgent(docker, {
    say,
    ...(settings.agentImage ? { image: settings.agentImage } : {}),
  });
  const installation: Installation = {
    id,
    zookeeper,
    znode: settings.zookeeperRoot,
    agent,
    sessionTimeoutMs: settings.sessionTimeout,
    graceMs: settings.grace,
  };
  const stateStore = new ZooKeeperStateStore({
    hosts,
    root: settings.zookeeperRoot,
    credential,
    timeoutMs: settings.sessionTimeout,
    ...(embedded && { embedded: { warn: say } }),
  });
  const leadership = stateStore.campaign({ host: hostname(), now: runtime.now });
  const confirm = (): void => leadership.confirm();
  const ports = {
    swarm: new DockerSwarm(docker, {
      embeddedZooKeeper: embedded,
      registryAuth,
      auditWrite: settings.auditWrite,
      confirm,
    }),
    images: new DockerImages(docker, { now: runtime.now }),
    packages: new DockerPackages(docker, { root: settings.manifests, agent, now: runtime.now, confirm }),
    stateStore,
    leadership,
    manifests: new ManifestFolder(settings.manifests),
    outputs: new BackgroundOutputs(
      new OutputFolder(join(settings.stateDir, OUTPUT_FOLDER), { maxBytes: settings.keepSize }),
    ),
    runtime,
  };
  const { allowPruneAll, allowEmptyZookeeper } = settings;
  const limits = {
    ...{ runs: settings.keepRuns, ageMs: settings.keepAge, bytes: settings.keepSize },
    launchers: settings.keepLaunchers,
  };
  const idleMs = settings.idleTick;
  const controller = new Controller({
    ...{ ports, installation, limits, allowPruneAll, allowEmptyZookeeper, idleMs, report },
    ...(policy ? { policy: () => policy.current() } : {}),
  });
  let wake = (): void => undefined;
  // Before the first tick: what changes right after it must not wait for the next interval
  leadership.onChange(() => wake());
  const sources = [ports.swarm, ports.images, ports.packages, ports.outputs, stateStore, ports.manifests];
  for (const port of sources) {
    // A standby ticks at its own pace: each tick costs the engine time that the jobs need
    port.onChange(() => leadership.state().role === 'leader' && wake());
  }
  const loop = run(controller, { tickMs: settings.tick, idleTickMs: settings.idleTick, signal });
  wake = loop.wake;
  if (own) watchFill({ ...own, needed: () => neededHeap(own.port), report, signal });
  say(`watching ${settings.manifests} for MPIJob manifests`);
  try {
    await loop.ended;
  } finally {
    // The last tick is over: the next controller may lead
    await leadership.close();
    await Promise.all(sources.map(port => port.close()));
  }
}

async function ensureSwarm(
  docker: ReturnType<typeof engineClient>,
  settings: Settings,
  say: (line: string) => void,
): Promise<void> {
  const found = await swarmMode(docker, settings.docker);
  if (found.mode === 'unusable') throw new PortError('blocked', found.problem);
  if (found.mode === 'manager') return;
  const address = settings.advertiseAddr ?? '127.0.0.1';
  say(`the engine at ${settings.docker} is in no swarm; making it a swarm of one node at ${address}`);
  await initSwarm(docker, address);
}

async function embeddedZooKeeper(
  docker: ReturnType<typeof engineClient>,
  { zookeeperImage: image, zookeeperPort, zookeeperHeap }: Settings,
  say: (line: string) => void,
): Promise<KnownContainer> {
  const made = await ensureZooKeeper(docker, { image, port: zookeeperPort, heapBytes: zookeeperHeap });
  say(`ZooKeeper runs in a container, for this machine at 127.0.0.1:${made.port}`);
  if (zookeeperHeap !== undefined && zookeeperHeap !== made.heapBytes)
    say(
      'its container was made with another heap; to change that, remove it while no job runs, and start again',
    );
  return made;
}
