import type { Texts } from './text.js';

export const PENDING: Texts<'pending'> = {
  Suspended: {
    means:
      '`runPolicy.suspend` is true. The job keeps its status and has no run; a run that was going on was stopped and removed.',
    todo: 'Nothing. `mpiswarm resume JOB` starts it again, as a new run.',
  },
  Queued: {
    means:
      'Another job that waits for cpu, memory or addresses of the same network is ahead of this one, by `runPolicy.priority` and then by age. The message names it.',
    todo: 'Wait, raise `runPolicy.priority`, or cancel or suspend the job that is ahead.',
  },
  InsufficientResources: {
    means:
      'The nodes do not have enough free cpu or memory for all containers of the job right now, or no combination of nodes fits its `mapping`. The message says for how many workers there is room. All jobs that ask for cpu or memory wait behind the first one that waits.',
    todo: 'Wait until other jobs end, ask for less in `resources`, or add a node.',
  },
  Unschedulable: {
    means:
      "Before a run: the job would not fit even if all nodes were empty. During a run: Swarm found no node for a container; the message is Swarm's own.",
    todo: 'Ask for fewer workers, less cpu or memory or a wider `placement`, or add a node. A job that can never fit does not hold up others.',
  },
  AddressesExhausted: {
    means:
      'The network does not have enough free addresses for all containers of the job. The message says how many the job needs, how many are free and how many there are. Others on the same network that come later wait behind the job, unless there are enough for both.',
    todo: 'Wait until other jobs end, ask for fewer workers, or name another network in `spec.network`. A network that mpiswarm makes holds about 4,000 containers; one that is there stays as it is until it is removed.',
  },
  PolicyRefused: {
    means:
      "The operator's policy does not allow what the manifest asks for. The message names each rule. A run that is going on is not stopped; the next one does not start. The job holds up no others.",
    todo: 'Change the manifest, or ask the operator. `mpiswarm validate --policy FILE` checks a manifest. See [The policy](policy.md).',
  },
  BackOff: {
    means:
      'A run failed and another attempt follows after a pause: 10 s, doubled each time, at most 6 minutes.',
    todo: 'Nothing, or fix the cause that the message gives. `runPolicy.backoffLimit` sets how many attempts there are, `runPolicy.failurePolicy` which exit codes count.',
  },
  PackageUnavailable: {
    means:
      "The job's `package` is missing, cannot be read, or could not be handed to the nodes; the message says which. A job that has run before keeps its last good package.",
    todo: "Put the package where the manifest says, below the manifest's folder. mpiswarm checks again by itself.",
  },
  ImageResolving: {
    means: 'mpiswarm is asking the engine for the image.',
    todo: 'Nothing; this takes a moment.',
  },
  ImagePulling: {
    means: 'The engine is pulling the image; the message shows the progress.',
    todo: 'Nothing; this takes as long as the download does.',
  },
  ImageUnavailable: {
    means: "The engine, or Swarm on a node, cannot get the image; the message is the engine's own.",
    todo: "Check the name and the tag, log in with `docker login` on the controller's machine, or load the image on every node. Retries come by themselves, 5 s to 5 min apart.",
  },
  AgentInstalling: {
    means: 'The agent is being put on the nodes.',
    todo: 'Nothing. If it takes more than a minute, look at `docker service ps` of the service with the label `mpiswarm.dev/agent`.',
  },
  AgentUnavailable: {
    means: "A node cannot start the agent's container, mostly because it does not have the agent's image.",
    todo: "Load the agent's image on that node, or push it to a registry and name it with `--agent-image`.",
  },
  NoUsableNode: {
    means: 'No node is ready, active and allowed by `workers.placement` (constraints, nodes and racks).',
    todo: 'Check `docker node ls` and the node labels, or widen `workers.placement`.',
  },
};

export const NETWORK: Texts<'network'> = {
  NetworkMissing: {
    means: 'The overlay network does not exist yet; mpiswarm is creating it.',
    todo: 'Nothing; this takes a moment.',
  },
  NetworkAllocating: {
    means: 'Swarm has not given the network its subnet yet.',
    todo: 'Nothing for the first seconds. If it stays, the subnet probably overlaps another one: remove the network and set another `spec.network.subnet`.',
  },
  NetworkMismatch: {
    means:
      'A network of that name exists, but with another driver, scope, encryption or subnet, or it is not attachable. The message says what was expected.',
    todo: 'Remove that network, or name another one in `spec.network.name`.',
  },
  ZooKeeperDetached: {
    means: "The embedded ZooKeeper is not attached to the job's network yet.",
    todo: 'Nothing for the first seconds. If it stays, the engine refuses; `mpiswarm up` prints why.',
  },
  PackageDistributing: {
    means: 'The package is being copied to where the containers get it, or a container is fetching it.',
    todo: 'Nothing; large packages take their time.',
  },
};

export const CONTAINERS: Texts<'containers'> = {
  ContainersMissing: {
    means: 'The services of the run have not been created yet.',
    todo: 'Nothing; this takes a moment.',
  },
  TaskMissing: {
    means:
      'Swarm has not made a task for a container yet, or keeps no history of one that ended. A launcher without a task for 30 s is made again.',
    todo: 'Nothing.',
  },
  ContainerNotRunning: {
    means:
      "A container is starting, or ended and is being started again; the message has Swarm's state and its last error.",
    todo: 'Nothing at first. If it keeps failing, the message says why: fix the image, the volume or the node.',
  },
  NodeUnreachable: {
    means: "Swarm's managers do not hear from the node on which a container was placed.",
    todo: 'Check the node and its network. Before the start mpiswarm moves the containers to other nodes by itself.',
  },
  WrongNode: {
    means:
      'A container runs on a node that `workers.placement` no longer allows, or whose name is not known yet.',
    todo: 'Nothing; mpiswarm creates the service again.',
  },
  SSHUnproven: {
    means: 'The launcher has not logged into a worker by SSH yet, or an agent has not reported yet.',
    todo: 'Nothing; this takes a moment. If it stays, read `/run/mpiswarm/agent.log` in the container: the agent may not reach ZooKeeper.',
  },
  SSHFailed: {
    means:
      'The launcher cannot log into a worker: connection refused, timed out, or wrong host key. The message has address, port and the number of tries.',
    todo: 'If it stays: check that the nodes reach each other on 4789/udp, and that nothing else in the image listens on `spec.ssh.port`.',
  },
};

export const REGISTRATIONS: Texts<'registrations'> = {
  NotRegistered: {
    means: 'A worker has not registered in ZooKeeper yet.',
    todo: 'Nothing; this takes a moment. If it stays, containers cannot reach ZooKeeper: check `--agent-zookeeper`.',
  },
  StaleRegistration: {
    means: 'The registration belongs to a container that Swarm has already replaced.',
    todo: 'Nothing; it disappears with its ZooKeeper session (`--session-timeout`).',
  },
  AddressMismatch: {
    means: 'A worker registered an address that is not the one Swarm gave it.',
    todo: "Check that the container has only one address in the network's subnet, and that no other network uses an overlapping subnet.",
  },
  UnexpectedWorker: {
    means: 'A worker is registered that the job does not ask for.',
    todo: 'Nothing; it disappears with its ZooKeeper session (`--session-timeout`).',
  },
  HostfilePending: {
    means: 'The hostfile on the launcher is missing, or is not yet the one that the registrations call for.',
    todo: 'Nothing; this takes a moment.',
  },
  StartPending: {
    means: 'The launcher may start `mpirun` but has not claimed the start yet.',
    todo: 'Nothing; this takes a moment.',
  },
};
