import { type Mutant, tests } from './mutant.js';

const { core, loop } = tests;

/** Idioms for nodes that are cut off, drained or lost, and for clocks that jump. */
export const OUTLASTING: readonly Mutant[] = [
  {
    idiom: 'a cut off launcher is waited for, although a worker is lost',
    file: 'controller/core/run/unreachable.ts',
    find: "    case 'worker-lost':\n      return false;",
    replace: "    case 'worker-lost':\n      return true;",
    tests: core('run/unreachable'),
  },
  {
    idiom: 'an edit alone starts nothing beside a cut off launcher',
    file: 'controller/core/run/unreachable.ts',
    find: 'return record.manifest.spec.runPolicy.rerun !== run.rerun;',
    replace: 'return record !== undefined && run !== undefined;',
    tests: core('run/unreachable'),
  },
  {
    idiom: 'that Swarm orphans a task on a silent node ends no container',
    file: 'controller/core/run/unreachable.ts',
    find: " && launcherTask.state !== 'orphaned'",
    replace: '',
    tests: core('run/unreachable'),
  },
  {
    idiom: 'the grace time is added to that of a launcher that ends its command',
    file: 'controller/core/run/unreachable.ts',
    find: 'seconds * 1_000 + view.installation.graceMs + MARGIN_MS',
    replace: 'seconds * 1_000 + MARGIN_MS',
    tests: core('run/unreachable'),
  },
  {
    idiom: 'after a change of the leader waits count from the start',
    file: 'controller/loop/time/job-clocks.ts',
    find: '    this.#waits.clear();\n',
    replace: '',
    tests: loop('time/job-clocks'),
  },
  {
    idiom: 'an answer of ZooKeeper counts from when it was asked for',
    file: 'images/agent/launcher/silence.ts',
    find: 'if (!over && elapsedMs(last, asked) <= limitMs) last = asked;',
    replace: 'last = asked;',
    tests: ['test/agent/launcher/silence.test.ts'],
  },
  {
    idiom: 'a container that ended by itself is no disruption',
    file: 'controller/core/observed/disruption.ts',
    find: "new Set(['shutdown', 'orphaned', 'remove'])",
    replace: "new Set(['shutdown', 'orphaned', 'remove', 'failed'])",
    tests: [...core('observed/disruption'), ...loop('disruptions')],
  },
  {
    idiom: 'a silent node is no reason for the end of a program whose result arrives',
    file: 'controller/core/run/situation.ts',
    find: "if (!lost && disruption.reason === 'NodeUnreachable') return progress;",
    replace: '',
    tests: loop('disruptions'),
  },
  {
    idiom: 'a service that a person removed or scaled is no disruption',
    file: 'controller/core/observed/disruption.ts',
    find: 'if (!stopped || !wanted) return undefined;',
    replace: 'if (!stopped) return undefined;',
    tests: core('observed/disruption'),
  },
  {
    idiom: 'output is too old only after an hour of being so',
    file: 'controller/loop/gc/expired-outputs.ts',
    find: '>= AGED_MS',
    replace: '>= 0',
    tests: loop('clock', 'retention'),
  },
  {
    idiom: 'the times of a record jump along with the clock once',
    file: 'controller/loop/time/job-clocks.ts',
    find: 'return off?.version === version ? off.ms : 0;',
    replace: 'return off?.ms ?? 0;',
    tests: loop('clock'),
  },
  {
    idiom: 'a launcher without a task is made again only before the claim, and after a while',
    file: 'controller/core/plan/containers.ts',
    find: '!znodes?.claim && (waitedMs(LAUNCHER_TASKLESS) ?? 0) > TASKLESS_MS',
    replace: '!znodes?.claim && waitedMs(LAUNCHER_TASKLESS) !== undefined',
    tests: loop('lost'),
  },
];
