import { LABEL } from '../../controller/core/model/names.js';
import type { NodeView } from '../../controller/core/model/world.js';
import type { FakeTask, StoredService } from '../fakes/cluster.js';
import type { Expectation, Kind } from './faults.js';
import type { SimWorld } from './world.js';

/** The world changed behind the controller's back: by a person, by another program, by a machine that fails. */
export const behind: Readonly<Record<string, Kind>> = {
  'rm-launcher': kind(world => removeService(world, 'launcher')),
  'rm-workers': kind(world => removeService(world, 'workers')),
  'rm-agent': kind(world => {
    const agent = world.cluster.services.find(({ spec }) => spec.labels[LABEL.part] === 'agent');
    if (agent) world.cluster.removeService(agent.id);
  }),
  'rm-secret-launcher': kind(world => removeObject(world, 'secrets', 'launcher')),
  'rm-secret-worker': kind(world => removeObject(world, 'secrets', 'worker')),
  'rm-config': kind(world => removeObject(world, 'configs', 'spec')),
  'rm-network': kind(world => {
    const { networks, services } = world.cluster;
    const free = networks.findIndex(
      ({ name, labels }) =>
        labels[LABEL.part] === 'network' && !services.some(({ spec }) => spec.networks.includes(name)),
    );
    if (free < 0) return;
    const [gone] = networks.splice(free, 1);
    world.cluster.zooKeeperNetworks = world.cluster.zooKeeperNetworks?.filter(name => name !== gone?.name);
  }),
  'detach-zookeeper': kind(world => {
    world.cluster.zooKeeperNetworks = [];
  }),
  'strip-launcher': kind(world => relabel(world, 'launcher', {}), 'told'),
  'strip-workers': kind(world => relabel(world, 'workers', {}), 'told'),
  'relabel-launcher': kind(
    world => relabel(world, 'launcher', { [LABEL.part]: 'run', [LABEL.run]: 'someone-00000000-1' }),
    'told',
  ),
  'scale-workers-0': kind(world => scale(world, 'workers', 0)),
  'scale-workers-up': kind(world => scale(world, 'workers', 5)),
  'scale-launcher-0': kind(world => scale(world, 'launcher', 0)),
  'scale-launcher-up': kind(world => scale(world, 'launcher', 2)),
  'kill-launcher': kind(world => kill(world, 'launcher', 137)),
  'kill-worker': kind(world => kill(world, 'workers', 137)),
  // A launcher that is asked to end has what became of its command, or 143; 0 only where that ended well
  'end-launcher': kind(world => kill(world, 'launcher', 143)),
  'forget-launcher': kind(world => {
    kill(world, 'launcher', 137);
    world.cluster.forgetful = true;
    // A launcher without a task is given 30 s
    until(world, 40_000, () => {
      world.cluster.forgetful = false;
    });
  }),
  'node-crash': kind(world => nodeLost(world, 120_000, true)),
  'node-disconnected': kind(world => {
    const { hostname } = nodeInUse(world);
    world.cluster.disconnect(hostname);
    until(world, 20_000, () => world.cluster.nodeUp(hostname));
  }),
  'node-cut': kind(world => nodeLost(world, 20_000, false)),
  'node-cut-70': kind(world => nodeLost(world, 70_000, false)),
  'node-cut-300': kind(world => nodeLost(world, 300_000, false)),
  'node-drained': kind(world => {
    const { hostname } = nodeInUse(world);
    world.cluster.drain(hostname);
    until(world, 20_000, () => world.cluster.activate(hostname));
  }),
  'registration-replaced': kind(world => {
    for (const { registrations } of world.stateStore.runs.values()) {
      const known = registrations.get(0);
      if (known) registrations.set(0, { ...known, task: 'somebody', address: '10.9.9.9' });
    }
  }),
  'registration-gone': kind(world => {
    for (const { registrations } of world.stateStore.runs.values()) registrations.clear();
  }),
  'rm-run': kind(world => {
    for (const run of world.stateStore.runs.keys()) world.stateStore.runs.delete(run);
  }),
  'rm-record': kind(world => {
    const [key] = world.stateStore.jobs.keys();
    if (key === undefined) return;
    world.stateStore.jobs.delete(key);
    world.watch.takeRecord(key);
  }),
  'rm-output': kind(world => world.outputs.runs.clear()),
  'image-lost': kind(world => {
    world.images.missing.set('ring:1', 'manifest for ring:1 not found');
    world.images.forget();
    world.disturbed(20_000);
    world.agenda.in(20_000, () => world.images.missing.clear());
  }),
};

function kind(change: (world: SimWorld) => void, expect: Expectation = 'match'): Kind {
  return { family: 'behind our back', expect, change };
}

function byRole(world: SimWorld, role: string): StoredService | undefined {
  return world.cluster.services.find(({ spec }) => spec.labels[LABEL.role] === role);
}

function removeService(world: SimWorld, role: string): void {
  const service = byRole(world, role);
  if (service) world.cluster.removeService(service.id);
}

/** As Swarm does it: what a service uses stays. */
function removeObject(world: SimWorld, kind: 'secrets' | 'configs', role: string): void {
  const { services } = world.cluster;
  const object = world.cluster[kind].find(
    ({ name, labels }) =>
      labels[LABEL.role] === role && !services.some(({ spec }) => spec[kind].some(ref => ref.name === name)),
  );
  if (object) world.cluster.removeObject(kind, object.id);
}

function relabel(world: SimWorld, role: string, labels: Readonly<Record<string, string>>): void {
  replaceSpec(world, byRole(world, role), { labels });
}

function scale(world: SimWorld, role: string, replicas: number): void {
  const service = byRole(world, role);
  replaceSpec(world, service, { mode: { kind: 'replicated', replicas } });
  // What runs where nothing should any more is left alone for a while, in case that it just ends
  world.disturbed(40_000);
  world.agenda.in(40_000, () => {});
  const over = world.cluster.tasks.filter(task => task.service === service?.id && task.slot > replicas);
  world.cluster.tasks = world.cluster.tasks.filter(task => !over.includes(task));
}

function replaceSpec(
  world: SimWorld,
  service: StoredService | undefined,
  fields: Partial<StoredService['spec']>,
): void {
  const { services } = world.cluster;
  if (!service) return;
  services.splice(services.indexOf(service), 1, { ...service, spec: { ...service.spec, ...fields } });
}

function runningTask(world: SimWorld, role: string): FakeTask | undefined {
  const service = byRole(world, role);
  return world.cluster.tasks.find(
    task => task.service === service?.id && task.state === 'running' && task.desired === 'running',
  );
}

function kill(world: SimWorld, role: string, exitCode: number): void {
  const task = runningTask(world, role);
  if (task) world.cluster.end(task, exitCode);
}

/** The node of a worker, or of the launcher where no other has one, or any. */
function nodeInUse(world: SimWorld): NodeView {
  const { nodes } = world.cluster;
  const id = (runningTask(world, 'workers') ?? runningTask(world, 'launcher'))?.node;
  const node = nodes.find(one => one.id === id) ?? nodes[1];
  if (!node) throw new Error('there is no node');
  return node;
}

/** It lasts so long. */
function until(world: SimWorld, ms: number, end: () => void): void {
  world.disturbed(ms);
  world.agenda.in(ms, () => {
    end();
    world.disturbed(0);
  });
}

/** Swarm gives up what is there. With a crash its containers are gone; cut off, they go on until it is heard of again. */
function nodeLost(world: SimWorld, ms: number, crash: boolean): void {
  const { cluster, agents } = world;
  const { id, hostname } = nodeInUse(world);
  cluster.nodeDown(hostname);
  if (crash) {
    for (const start of agents.alive) {
      if (cluster.tasks.some(task => task.id === start.task && task.node === id)) agents.alive.delete(start);
    }
  }
  until(world, ms, () => cluster.nodeUp(hostname, crash));
}
