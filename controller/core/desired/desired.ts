import { given } from '../../shared/given.js';
import { hostfile } from '../../shared/protocol/hostfile.js';
import type { RunDirectory } from '../../shared/protocol/program-records.js';
import { LABEL, type RunIdentity, runLabels } from '../model/names.js';
import type { ConfigSpec, NetworkSpec, PackageWant, ServiceSpec } from '../model/specs.js';
import type { RunView } from '../observed/run-view.js';
import { digest } from '../text/digest.js';
import { agentService } from './agent-service.js';
import { networkSpec } from './network.js';
import { packageWant } from './package.js';
import { runDirectory } from './run-directory.js';
import { type RunInputs, runSpec } from './run-spec.js';
import { runServices } from './services.js';

/** All that should exist for a run. */
export interface Desired {
  readonly identity: RunIdentity;
  readonly network: NetworkSpec;
  /** Puts the agent on every node; shared by all runs of the installation. */
  readonly agent: ServiceSpec;
  /** What the run's znodes say of nodes and job master. */
  readonly directory: RunDirectory;
  /** Undefined while the job has no package, or no network that it could be served on. */
  readonly package?: PackageWant;
  /** Undefined until image, network and keys are known: the containers are made of these. */
  readonly containers?: { readonly config: ConfigSpec; readonly services: readonly ServiceSpec[] };
  /** The launcher's hostfile for the workers that are registered now; empty without any. */
  readonly hostfile: string;
}

export function desire(view: RunView): Desired {
  const { job, installation, swarm, run, znodes } = view;
  const identity = identityOf(view);
  const inputs = runInputs(view, identity);
  const want = packageWant(view);
  const znode = `${installation.znode}/runs/${run.id}`;
  return {
    identity,
    network: networkSpec(job, installation),
    agent: agentService(installation),
    directory: runDirectory(swarm.nodes, installation.zookeeper, znode),
    ...(want ? { package: want } : {}),
    ...(inputs ? { containers: { config: runConfig(inputs), services: runServices(inputs) } } : {}),
    hostfile: hostfile(znodes?.registrations ?? []),
  };
}

function identityOf({ record, run, installation }: RunView): RunIdentity {
  return {
    installation: installation.id,
    ...given({ store: installation.store }),
    key: record.key,
    uid: record.uid,
    generation: run.generation,
    run: run.id,
  };
}

/** The inputs of everything made for a run; undefined while image, network or keys are missing. */
function runInputs(view: RunView, identity: RunIdentity): RunInputs | undefined {
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
    identity,
    image: pinned,
    subnets: network.subnets,
    hostPublicKey,
    clientPublicKey,
    installation,
    nodes: swarm.nodes,
    ...given({ chosen: run.nodes, unreachableSeconds: run.unreachableSeconds }),
    ...(record.package ? { package: record.package } : {}),
  };
}

function runConfig(inputs: RunInputs): ConfigSpec {
  const content = JSON.stringify(runSpec(inputs));
  const labels = { ...runLabels(inputs.identity, 'spec'), [LABEL.content]: digest(content) };
  return { name: inputs.identity.run, content, labels };
}
