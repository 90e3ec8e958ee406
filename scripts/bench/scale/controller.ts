/** A controller process: ZooKeeper, folder, session, leadership and loop are real, Swarm and the agents are in memory. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { runtime } from '../../../controller/adapters/lib/runtime.js';
import { ManifestFolder } from '../../../controller/adapters/manifests/folder.js';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import { DEFAULT_LIMITS } from '../../../controller/core/gc/outputs.js';
import { Controller } from '../../../controller/loop/controller.js';
import { run } from '../../../controller/loop/tick-loop.js';
import type { ControllerEvent } from '../../../controller/ports/events.js';
import { INSTALLATION } from '../../../test/loop/scene.js';
import { finishedJobs } from '../../../test/support/finished-jobs.js';
import { FinishedScene } from '../../../test/support/finished-scene.js';
import { counted, withRunsInMemory } from './ports.js';
import {
  CREDENTIAL,
  clock,
  delays,
  type Message,
  type Question,
  RESOLUTION_MS,
  type Setup,
} from './setup.js';

const STEP_MS = 100;
const DAY_MS = 86_400_000;

const setup = JSON.parse(process.argv[2] ?? '{}') as Setup;
const say = (message: Message): void => void process.send?.(message);
const make = await finishedJobs(Date.now() - DAY_MS);
const kept = Math.min(setup.settled, DEFAULT_LIMITS.launchers);
const numbers = Array.from({ length: setup.settled }, (_, number) => number);
const scene = new FinishedScene(numbers.slice(setup.settled - kept).map(make));
scene.runtime.now = Date.now;
scene.runtime.elapsed = () => performance.now();
for (let i = 0; i < setup.live; i += 1) scene.agents.programs.set(`default/live-${i}`, { endless: true });
const stored = new Map(numbers.map(number => [make(number).run, { bytes: 6, at: Date.now() - DAY_MS }]));

const begun = performance.now();
const stateStore = new ZooKeeperStateStore({
  ...{ hosts: setup.zookeeper, root: setup.root, credential: CREDENTIAL, timeoutMs: 10_000 },
});
const leadership = stateStore.campaign({ host: 'bench', now: Date.now });
const manifests = counted(new ManifestFolder(setup.folder));
const { outputs, images, packages, swarm } = scene;
const store = withRunsInMemory(stateStore, scene.stateStore, wrote => say({ kind: 'wrote', ...wrote }));
const createService = swarm.createService.bind(swarm);
swarm.createService = async spec => {
  say({ kind: 'service', name: spec.name, at: clock() });
  await createService(spec);
};
const ports = {
  ...{ swarm, images, packages, runtime, manifests: manifests.port, leadership, stateStore: store },
  outputs: {
    stored: async () => stored,
    store: outputs.store.bind(outputs),
    remove: outputs.remove.bind(outputs),
    onChange: () => undefined,
    close: async () => undefined,
  },
};
const controller = new Controller({ ports, installation: INSTALLATION, report });
let ticks = 0;
const tick = controller.tick.bind(controller);
controller.tick = async () => {
  const result = await tick();
  ticks += 1;
  if (result.ok && leadership.state().role === 'leader')
    say({ kind: 'led', afterMs: performance.now() - begun, open: result.open });
  return result;
};
const loop = run(controller, { tickMs: 2_000, idleTickMs: 10_000, signal: new AbortController().signal });
leadership.onChange(loop.wake);
for (const port of [stateStore, manifests.port])
  port.onChange(() => leadership.state().role === 'leader' && loop.wake());
setInterval(() => {
  images.step();
  packages.step();
  const moved = scene.cluster.step();
  scene.agents.step();
  if (moved) loop.wake();
}, STEP_MS);

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let before = { at: 0, cpu: process.cpuUsage(), ticks: 0, listings: 0 };
process.on('message', (question: Question) => {
  if (question === 'begin') {
    before = { at: performance.now(), cpu: process.cpuUsage(), ticks, listings: manifests.readings() };
    delay.reset();
    delay.enable();
    return;
  }
  delay.disable();
  const { user, system } = process.cpuUsage(before.cpu);
  const usage = {
    seconds: (performance.now() - before.at) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    memoryMb: process.memoryUsage().rss / 1e6,
    ticks: ticks - before.ticks,
    listings: manifests.readings() - before.listings,
    ...delays(delay),
  };
  say({ kind: 'usage', usage });
});

function report(event: ControllerEvent): void {
  if (event.kind === 'deposed') say({ kind: 'trouble', text: `deposed: ${event.why}` });
  if (event.kind === 'world-unreadable') say({ kind: 'trouble', text: event.error });
  if (event.kind === 'command-failed')
    say({ kind: 'trouble', text: `${event.key}: ${event.trouble.message}` });
}
