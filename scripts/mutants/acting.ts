import { type Mutant, SLICE, tests } from './mutant.js';

const { loop } = tests;

/** Idioms of the loop, the adapters and the agent: how it is done. */
export const ACTING: readonly Mutant[] = [
  {
    idiom: 'the record is stored before its effects are issued',
    file: 'controller/loop/controller.ts',
    find: 'if (!stored.ok) return { record: known?.record, changed: this.#failed(key, stored.trouble, now) };',
    replace: '',
    tests: [...loop('crash', 'folder'), SLICE],
  },
  {
    idiom: 'lease and epoch are confirmed before each effect',
    file: 'controller/loop/controller.ts',
    find: '() => ports.leadership.confirm(term)',
    replace: '() => {}',
    tests: [...loop('leader'), SLICE],
  },
  {
    idiom: 'a new term begins with no memory of what was missing',
    file: 'controller/loop/controller.ts',
    find: '    this.#absences.begin();\n',
    replace: '',
    tests: loop('absences', 'leader'),
  },
  {
    idiom: 'a command that failed is tried ever more rarely',
    file: 'controller/loop/controller.ts',
    find: 'if (trouble && now < trouble.retryAt) return { record, changed };',
    replace: '',
    tests: loop('folder'),
  },
  {
    idiom: 'a job’s record is removed in the version that was read',
    file: 'controller/loop/controller.ts',
    find: 'removeJob(key, known.version)',
    replace: 'removeJob(key, Number.NaN)',
    tests: [...loop('folder'), SLICE],
  },
  {
    idiom: 'a stage begins when the one before has succeeded',
    file: 'controller/loop/apply.ts',
    find: 'if (errors.length === 0) continue;',
    replace: 'if (stage !== plan.at(-1) || errors.length === 0) continue;',
    tests: loop('apply'),
  },
  {
    idiom: 'an engine that does not answer is no empty one',
    file: 'controller/loop/observe.ts',
    find: 'if (!swarm.ok) return swarm;',
    replace:
      'if (!swarm.ok) Object.assign(swarm, { ok: true, value: { nodes: [], networks: [], services: [], tasks: [], secrets: [], configs: [] } });',
    tests: [...loop('folder'), SLICE],
  },
  {
    idiom: 'a ZooKeeper that does not answer is no empty one',
    file: 'controller/loop/observe.ts',
    find: 'if (!first.ok) return first;',
    replace:
      'if (!first.ok) Object.assign(first, { ok: true, value: { jobs: new Map(), runs: new Map(), runIds: [] } });',
    tests: [...loop('folder'), SLICE],
  },
  {
    idiom: 'a broken file is not a deleted file',
    file: 'controller/loop/manifest-state.ts',
    find: 'if (problem) return invalid(',
    replace: 'if (problem && own === undefined) return invalid(',
    tests: loop('folder', 'editors'),
  },
  {
    idiom: 'a file that cannot be read is not a deleted file',
    file: 'controller/loop/manifest-state.ts',
    find: 'if (isUnreadable(set, own)) return invalid(',
    replace: 'if (own === undefined) return invalid(',
    tests: loop('folder', 'editors'),
  },
  {
    idiom: 'a folder that cannot be read is not an empty one',
    file: 'controller/loop/manifest-state.ts',
    find: 'if (!set.readable) return invalid(',
    replace: 'if (own === undefined) return invalid(',
    tests: loop('folder'),
  },
  {
    idiom: 'a missing manifest is missed twice before it counts',
    file: 'controller/loop/absences.ts',
    find: 'const REMOVED_GRACE_MS = 2_000;',
    replace: 'const REMOVED_GRACE_MS = 0;',
    tests: loop('folder', 'editors', 'empty-folder'),
  },
  {
    idiom: 'a folder that emptied at one stroke is given time',
    file: 'controller/loop/absences.ts',
    find: 'const EMPTY_GRACE_MS = 30_000;',
    replace: 'const EMPTY_GRACE_MS = 2_000;',
    tests: loop('folder', 'empty-folder'),
  },
  {
    idiom: 'an orphan is found at every look for a while',
    file: 'controller/loop/sweep.ts',
    find: 'const GRACE_MS = 10_000;',
    replace: 'const GRACE_MS = 0;',
    tests: loop('sweep'),
  },
  {
    idiom: 'a name that somebody else has taken is left alone',
    file: 'controller/adapters/swarm/owner.ts',
    find: 'if (found === undefined || OWNER.every(key => labels[key] === wanted[key])) return;',
    replace: 'if (found === undefined || labels !== wanted) return;',
    tests: ['test/adapters/swarm/owner.test.ts'],
  },
  {
    idiom: 'the lease runs out by itself before another may lead',
    file: 'controller/adapters/zookeeper/lease.ts',
    find: 'export const SAFE_PART = 2 / 3;',
    replace: 'export const SAFE_PART = 2;',
    tests: ['test/adapters/zookeeper/lease.test.ts', 'test/adapters/zookeeper/leadership-fake.test.ts'],
  },
  {
    idiom: 'the start is claimed once, whoever asks',
    file: 'images/agent/start.ts',
    find: "return isMine(there, claim) ? 'mine' : { other: there };",
    replace: "return isMine(there, claim) || there ? 'mine' : { other: there };",
    tests: ['test/agent/start.test.ts'],
  },
  {
    idiom: 'a claim of another process of the same task is not mine',
    file: 'images/agent/start.ts',
    find: 'there.task === claim.task && there.nonce === claim.nonce',
    replace: 'there.task === claim.task',
    tests: ['test/agent/start.test.ts'],
  },
  {
    idiom: 'mpirun’s ssh checks host keys',
    file: 'images/agent/ssh-client-config.ts',
    find: "'StrictHostKeyChecking yes',",
    replace: "'StrictHostKeyChecking no',",
    tests: ['test/agent/ssh-client-config.test.ts'],
  },
  {
    idiom: 'the proof of SSH checks the host key',
    file: 'images/agent/prove.ts',
    find: 'wrongHostKey = !key.equals(expected);',
    replace: 'wrongHostKey = key.equals(expected) && expected.length === 0;',
    tests: ['test/agent/prove.test.ts'],
  },
];
