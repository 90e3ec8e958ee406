import type { OutputChunk, OutputStore } from '../../ports/output-store.js';
import type { Packages } from '../../ports/packages.js';
import type { Ports } from '../../ports/ports.js';
import type { StateStore } from '../../ports/state-store.js';
import type { Swarm } from '../../ports/swarm.js';

/** Ports whose every effect is preceded by `confirm`, in the same turn: when that throws, the effect does not take place. */
export function guard(ports: Ports, confirm: () => void): Ports {
  return {
    ...ports,
    swarm: guardSwarm(ports.swarm, confirm),
    stateStore: guardStateStore(ports.stateStore, confirm),
    outputs: guardOutputs(ports.outputs, confirm),
    packages: guardPackages(ports.packages, confirm),
  };
}

function guardSwarm(swarm: Swarm, confirm: () => void): Swarm {
  const before = confirmedBy(confirm);
  return {
    observe: () => swarm.observe(),
    reservations: () => swarm.reservations(),
    output: service => swarm.output(service),
    onChange: wake => swarm.onChange(wake),
    close: () => swarm.close(),
    createNetwork: before(spec => swarm.createNetwork(spec)),
    createSecret: before((name, content, labels) => swarm.createSecret(name, content, labels)),
    createConfig: before((name, content, labels) => swarm.createConfig(name, content, labels)),
    createService: before(spec => swarm.createService(spec)),
    removeService: before(id => swarm.removeService(id)),
    removeSecret: before(id => swarm.removeSecret(id)),
    removeConfig: before(id => swarm.removeConfig(id)),
    removeNetwork: before(id => swarm.removeNetwork(id)),
    attachZooKeeper: before(network => swarm.attachZooKeeper(network)),
  };
}

export function guardStateStore(stateStore: StateStore, confirm: () => void): StateStore {
  const before = confirmedBy(confirm);
  return {
    observe: runs => stateStore.observe(runs),
    records: () => stateStore.records(),
    credential: run => stateStore.credential(run),
    controllers: () => stateStore.controllers(),
    onChange: wake => stateStore.onChange(wake),
    close: () => stateStore.close(),
    createId: before(id => stateStore.createId(id)),
    writeJob: before((record, version) => stateStore.writeJob(record, version)),
    removeJob: before((key, version) => stateStore.removeJob(key, version)),
    createRun: before((run, directory) => stateStore.createRun(run, directory)),
    createStart: before((run, token) => stateStore.createStart(run, token)),
    createStop: before(run => stateStore.createStop(run)),
    removeRun: before(run => stateStore.removeRun(run)),
  };
}

function guardPackages(packages: Packages, confirm: () => void): Packages {
  const before = confirmedBy(confirm);
  return {
    delivery: name => packages.delivery(name),
    offer: (want, credential) => {
      confirm();
      packages.offer(want, credential);
    },
    remove: before(id => packages.remove(id)),
    onChange: wake => packages.onChange(wake),
    close: () => packages.close(),
  };
}

function guardOutputs(outputs: OutputStore, confirm: () => void): OutputStore {
  const before = confirmedBy(confirm);
  return {
    stored: () => outputs.stored(),
    store: before((run, chunks) => outputs.store(run, confirmed(chunks, confirm))),
    remove: before(run => outputs.remove(run)),
    onChange: wake => outputs.onChange(wake),
    close: () => outputs.close(),
  };
}

/** It may take long: a term that is over meanwhile ends it. */
async function* confirmed(
  chunks: AsyncIterable<OutputChunk>,
  confirm: () => void,
): AsyncIterable<OutputChunk> {
  for await (const chunk of chunks) {
    confirm();
    yield chunk;
  }
  confirm();
}

function confirmedBy(confirm: () => void) {
  return <Args extends readonly unknown[], T>(effect: (...args: Args) => Promise<T>) =>
    // Async, so that what `confirm` throws rejects; there is no wait between it and the effect
    async (...args: Args): Promise<T> => {
      confirm();
      return effect(...args);
    };
}
