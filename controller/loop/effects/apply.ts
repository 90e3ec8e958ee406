import { packageOwner } from '../../core/desired/package.js';
import type { Command, Plan } from '../../core/model/command.js';
import { LABEL } from '../../core/model/names.js';
import type { Reason } from '../../core/model/reason.js';
import { PortError } from '../../ports/errors.js';
import type { Ports } from '../../ports/ports.js';
import type { LauncherSecret, WorkerSecret } from '../../shared/protocol/protocol.js';
import { runOutput } from './run-output.js';

export type Outcome =
  /** How many commands were issued of those that change the world; what is only asked for tells by itself when it is known. */
  { readonly ok: true; readonly issued: number } | { readonly ok: false; readonly trouble: Reason };

const ASKS: ReadonlySet<Command['do']> = new Set(['resolve-image', 'offer-package']);

/**
 * Issues a plan, stage by stage; the commands of a stage run together. Stops at the first stage that has a failure,
 * which is returned; errors that are not the outside world's are bugs and are thrown.
 */
export async function apply(plan: Plan, ports: Ports): Promise<Outcome> {
  let issued = 0;
  for (const stage of plan) {
    const results = await Promise.allSettled(stage.map(command => issue(command, ports)));
    const under = results.filter(r => r.status === 'fulfilled' && r.value === 'under-way').length;
    issued += stage.filter(command => !ASKS.has(command.do)).length - under;
    const errors: readonly unknown[] = results.flatMap(r => (r.status === 'rejected' ? [r.reason] : []));
    if (errors.length === 0) continue;
    const error = errors.find(one => !(one instanceof PortError)) ?? errors[0];
    if (!(error instanceof PortError)) throw error;
    return {
      ok: false,
      trouble: { reason: error.kind === 'blocked' ? 'Refused' : 'Retrying', message: error.message },
    };
  }
  return { ok: true, issued };
}

/** @returns 'under-way' when it is not done yet and tells by itself when it is. */
async function issue(command: Command, ports: Ports): Promise<unknown> {
  const { swarm, stateStore, images, packages, outputs } = ports;
  switch (command.do) {
    case 'resolve-image':
      return images.resolve({ ref: command.ref, policy: command.policy, run: command.run });
    case 'install-agent':
    case 'create-service':
      return swarm.createService(command.spec);
    case 'create-network':
      return swarm.createNetwork(command.spec);
    case 'attach-zookeeper':
      return swarm.attachZooKeeper(command.network);
    case 'offer-package':
      return packages.offer(command.want, stateStore.credential(packageOwner(command.want.content.sha256)));
    case 'create-run':
      return stateStore.createRun(command.run, command.directory);
    case 'create-keys':
      return createKeys(command, ports);
    case 'create-config':
      return swarm.createConfig(command.name, command.content, command.labels);
    case 'create-start':
      return stateStore.createStart(command.run, { hostfile: command.hostfile });
    case 'create-stop':
      return stateStore.createStop(command.run);
    case 'store-output':
      return outputs.store(command.run, runOutput(command, swarm));
    case 'remove-service':
      return swarm.removeService(command.id);
    case 'remove-secret':
      return swarm.removeSecret(command.id);
    case 'remove-config':
      return swarm.removeConfig(command.id);
    case 'remove-run':
      return stateStore.removeRun(command.run);
    case 'remove-output':
      return outputs.remove(command.run);
    default:
      return command satisfies never;
  }
}

/** The private key exists only here, in memory, and in the Swarm secret; the public one is read back from the label. */
async function createKeys(command: Extract<Command, { do: 'create-keys' }>, ports: Ports): Promise<void> {
  const { swarm, stateStore, runtime } = ports;
  const { privateKey, publicKey } = runtime.keyPair();
  const credentials = {
    zookeeper: stateStore.credential(command.run),
    ...(command.package === undefined
      ? {}
      : { package: stateStore.credential(packageOwner(command.package)) }),
  };
  const secret: LauncherSecret | WorkerSecret =
    command.role === 'launcher'
      ? { clientKey: privateKey, ...credentials }
      : { hostKey: privateKey, ...credentials };
  await swarm.createSecret(command.name, JSON.stringify(secret), {
    ...command.labels,
    [LABEL.publicKey]: publicKey,
  });
}
