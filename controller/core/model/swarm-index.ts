import { LABEL } from './names.js';
import {
  isTerminal,
  type Labels,
  type NetworkView,
  type NodeView,
  type ObjectView,
  type PackageView,
  type ServiceView,
  type SwarmWorld,
  type TaskView,
} from './world.js';

/** What carries the label of one run. */
export interface RunObjects {
  readonly services: readonly ServiceView[];
  readonly secrets: readonly ObjectView[];
  readonly configs: readonly ObjectView[];
}

/**
 * A swarm's things by what they are searched by. There are thousands of jobs and thousands of things: what searches a list
 * for each job takes the product of both.
 */
export interface SwarmIndex {
  run(id: string): RunObjects;
  /** All tasks of a service, in the order of the list. */
  tasks(service: string): readonly TaskView[];
  /** Those of them on a node. */
  tasksOn(service: string, node: string): readonly TaskView[];
  /** Those of them in a slot. */
  tasksIn(service: string, slot: number): readonly TaskView[];
  task(id: string): TaskView | undefined;
  node(id: string): NodeView | undefined;
  networks(name: string): readonly NetworkView[];
  package(name: string): PackageView | undefined;
  /** The service that installs the agent with this content. */
  agent(content: string): ServiceView | undefined;
}

const indexes = new WeakMap<SwarmWorld, SwarmIndex>();

/** The index of a world, which is made once: what was observed never changes. */
export function indexed(swarm: SwarmWorld): SwarmIndex {
  const known = indexes.get(swarm);
  if (known) return known;
  const made = indexOf(swarm);
  indexes.set(swarm, made);
  return made;
}

/** Whether a service has run and has no task that runs. */
export function hasEnded(swarm: SwarmWorld, service: string): boolean {
  const tasks = indexed(swarm).tasks(service);
  return tasks.length > 0 && tasks.every(isTerminal);
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** The same for a list of names that was observed. */
export function setOf(names: readonly string[]): ReadonlySet<string> {
  const known = sets.get(names) ?? new Set(names);
  sets.set(names, known);
  return known;
}

const NOTHING: RunObjects = { services: [], secrets: [], configs: [] };
const NO_TASKS: readonly TaskView[] = [];

function indexOf(swarm: SwarmWorld): SwarmIndex {
  const runs = byRun(swarm);
  const later = <T>(make: () => T): (() => T) => {
    let made: T | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const tasks = later(() => grouped(swarm.tasks, ({ service }) => service));
  const onNodes = later(() => grouped(swarm.tasks, ({ service, node }) => `${service} ${node}`));
  const inSlots = later(() => grouped(swarm.tasks, ({ service, slot }) => `${service} ${slot}`));
  const byId = later(() => new Map(swarm.tasks.map(task => [task.id, task])));
  const nodes = later(() => new Map(swarm.nodes.map(node => [node.id, node])));
  const networks = later(() => grouped(swarm.networks, ({ name }) => name));
  const packages = later(() => new Map(swarm.packages.map(one => [one.name, one])));
  const agents = later(() => grouped(swarm.services, ({ labels }) => labels[LABEL.agent]));
  return {
    run: id => runs.get(id) ?? NOTHING,
    tasks: service => tasks().get(service) ?? NO_TASKS,
    tasksOn: (service, node) => onNodes().get(`${service} ${node}`) ?? NO_TASKS,
    tasksIn: (service, slot) => inSlots().get(`${service} ${slot}`) ?? NO_TASKS,
    task: id => byId().get(id),
    node: id => nodes().get(id),
    networks: name => networks().get(name) ?? [],
    package: name => packages().get(name),
    agent: content => agents().get(content)?.[0],
  };
}

function byRun({ services, secrets, configs }: SwarmWorld): ReadonlyMap<string, RunObjects> {
  const runs = new Map<string, { services: ServiceView[]; secrets: ObjectView[]; configs: ObjectView[] }>();
  const of = ({ labels }: { readonly labels: Labels }) => {
    const run = labels[LABEL.run];
    if (run === undefined) return undefined;
    const there = runs.get(run) ?? { services: [], secrets: [], configs: [] };
    runs.set(run, there);
    return there;
  };
  for (const service of services) of(service)?.services.push(service);
  for (const secret of secrets) of(secret)?.secrets.push(secret);
  for (const config of configs) of(config)?.configs.push(config);
  return runs;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const there = groups.get(key);
    if (there) there.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
