import { hostname } from 'node:os';
import type Docker from 'dockerode';
import { removeEverything, removeInstallation } from '../adapters/setup/down.js';
import { nodeId, swarmMode } from '../adapters/setup/swarm-mode.js';
import { zooKeeperPort } from '../adapters/setup/zookeeper-container.js';
import { removeState } from '../adapters/state-dir/installations.js';
import { PortError } from '../ports/errors.js';
import type { ControllerView } from '../ports/leadership.js';
import type { StateStore } from '../ports/state-store.js';
import type { Settings } from '../settings/settings.js';
import { installationAddress } from './installation.js';

export interface DownOptions {
  readonly settings: Settings;
  /** Whatever installation it is of. */
  readonly all: boolean;
  readonly docker: Docker;
  readonly connect: () => Promise<Pick<StateStore, 'controllers' | 'close'>>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Removes an installation, or with `all` every one; refuses where it cannot see what the swarm has, and where a controller runs. */
export async function down(options: DownOptions): Promise<void> {
  const { settings, all, docker, say, signal } = options;
  const found = await swarmMode(docker, settings.docker);
  // What runs on such an engine is known to the managers only
  if (found.mode === 'unusable') throw new PortError('blocked', `${found.problem}; nothing was removed`);
  const embedded = settings.zookeeper === undefined;
  const inSwarm = found.mode === 'manager';
  const node = inSwarm ? await nodeId(docker) : '';
  const id = inSwarm || !embedded ? installationAddress(settings, node).id : undefined;
  if (!all && inSwarm) await mustNotRun(options);
  const how = { inSwarm, say, signal };
  const stays = all
    ? await removeEverything(docker, how)
    : await removeInstallation(docker, { ...how, id, ownZooKeeper: embedded });
  for (const line of stays) say(line);
  if (stays.length > 0)
    say('networks, agent and ZooKeeper stay with them; mpiswarm down --all removes everything');
  if (stays.length > 0 && embedded)
    return say(`${settings.stateDir} stays: it holds the credential of that ZooKeeper`);
  const kept = await removeState({ stateDir: settings.stateDir, id, keepCredential: !embedded });
  if (kept !== undefined) say(kept);
}

/** A running controller would recreate what is removed. If it's unknown whether one runs, this is reported, and the removal goes on. */
async function mustNotRun({ settings, docker, connect, say }: DownOptions): Promise<void> {
  if (settings.zookeeper === undefined && (await zooKeeperPort(docker)) === undefined) return;
  const seen = await controllers(connect);
  if (!seen.ok) return say(`whether a controller runs is not known: ${seen.error}`);
  const running = seen.value.filter(mayRun);
  if (running.length === 0) return;
  const where = running.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ');
  throw new PortError('blocked', `a controller runs (${where}); stop it first; nothing was removed`);
}

async function controllers(connect: DownOptions['connect']): ReturnType<StateStore['controllers']> {
  try {
    const registry = await connect();
    try {
      return await registry.controllers();
    } finally {
      await registry.close();
    }
  } catch (error) {
    if (error instanceof PortError) return { ok: false, error: error.message };
    throw error;
  }
}

/** ZooKeeper lists one that was killed until its session ends. */
function mayRun({ host, pid }: ControllerView): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
