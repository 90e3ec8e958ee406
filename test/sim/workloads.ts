import type { RunSpec } from '../../controller/shared/protocol/protocol.js';
import type { Program } from '../fakes/agents.js';
import { groupedManifest, manifest } from '../loop/scene.js';
import { isWhole, manifestText } from './manifest.js';
import type { SimWorld } from './world.js';

/** What people do in a workload, each when the one before is done and its condition holds. */
export interface Act {
  readonly when: (world: SimWorld) => boolean;
  readonly words: string;
  readonly act: (world: SimWorld) => void;
}

/** A small story whose end is known. Conditions read stored records alone, so that faults do not change the story. */
export interface Workload {
  readonly about: string;
  /** mpirun is asked to end and given a time for it; a call that hangs may use that up. */
  readonly stops?: boolean;
  /** A job is removed; a controller that did not see it go waits again before it believes it. */
  readonly removes?: boolean;
  /** Whether the program is still there when an act comes depends on when it comes: only what is asked for is known of the end. */
  readonly loose?: boolean;
  /** It takes so long that an attempt which is lost near its end, and made again, needs its time twice. */
  readonly lasting?: boolean;
  /** Only these families of faults strike it, in each phase; absent: all. */
  readonly families?: readonly string[];
  readonly setUp: (world: SimWorld) => void;
  readonly acts: readonly Act[];
}

const KEY = 'default/ring';
const FILE = 'ring.yaml';
const OUTPUT = 'Process 0 exiting\n';

const RUN_POLICY = { runPolicy: { backoffLimit: 2 } };

type Spec = Parameters<typeof manifest>[1];

/** Longer than the 30 s for which a folder that is empty all of a sudden is not believed: a removal meets it, too. */
const LASTS = 'lasts=45';
/** Longer than any cut. */
const VERY_LONG = 'lasts=330';
const STOP_MS = 1_000;

/** Ends at once and well, unless its arguments say `endless`, `lasts=SECONDS` or `exit=N`. */
export function programOf({ command }: Pick<RunSpec, 'command'>): Program {
  const argument = (name: string) =>
    Number(command.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? 0);
  const program = { stdout: OUTPUT, exitCode: argument('exit') };
  if (command.includes('endless')) return { ...program, endless: true };
  const lastsMs = argument('lasts') * 1_000;
  return lastsMs === 0 ? program : { ...program, lastsMs, stopMs: STOP_MS };
}

function ring(spec: Spec = {}): (world: SimWorld) => void {
  return world => put(world, 'ring', spec);
}

function put(world: SimWorld, name: string, spec: Spec = {}): void {
  world.agents.programs.set(`default/${name}`, programOf);
  world.manifests.put(
    `${name}.yaml`,
    manifest(name, { ...spec, runPolicy: { ...RUN_POLICY.runPolicy, ...spec?.runPolicy } }),
  );
}

/** Whatever became of the file, what is written is a whole manifest. */
function amend(spec: object): (world: SimWorld) => void {
  return world => {
    const text = world.manifests.text(FILE);
    const whole = text !== undefined && isWhole(text) ? text : manifest('ring', RUN_POLICY);
    world.manifests.put(FILE, manifestText(whole, spec));
  };
}

const record = (world: SimWorld) => world.watch.records.get(KEY);
const running = (world: SimWorld) => record(world)?.status.phase === 'running';
const done = (world: SimWorld) => record(world)?.status.phase === 'done';
const gone = (world: SimWorld) => record(world) === undefined;
const suspended = (world: SimWorld) => record(world)?.status.reason === 'Suspended';
const remove = (world: SimWorld) => world.manifests.remove(FILE);

const act = (words: string, when: Act['when'], does: Act['act']): Act => ({ words, when, act: does });

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  ring: { about: 'two workers and a launcher, to success', setUp: ring(), acts: [] },
  worker0: {
    about: 'worker 0 is the launcher',
    setUp: ring({ launcher: { mode: 'Worker0' } }),
    acts: [],
  },
  single: {
    about: 'one container is launcher and only worker',
    setUp: ring({ launcher: { mode: 'Worker0' }, workers: { replicas: 1 } }),
    acts: [],
  },
  groups: {
    about: 'two groups of workers',
    setUp: world => {
      world.agents.programs.set(KEY, programOf);
      const groups = [
        { name: 'gpu', replicas: 1, slots: 2 },
        { name: 'cpu', replicas: 1 },
      ];
      world.manifests.put(FILE, groupedManifest('ring', groups, RUN_POLICY));
    },
    acts: [],
  },
  package: {
    about: 'a package is brought first, and what serves it goes',
    setUp: world => {
      world.manifests.packages.set('app', {
        state: 'ready',
        content: { sha256: 'a'.repeat(64), bytes: 1_000 },
      });
      ring({ package: 'app' })(world);
    },
    acts: [],
  },
  long: {
    about: 'runs for a while: what strikes while it runs meets an mpirun that is alive',
    setUp: ring({ args: [LASTS] }),
    acts: [],
  },
  lone: {
    about: 'one container, whose program runs for longer than any cut lasts',
    lasting: true,
    families: ['behind our back', 'crash', 'leader', 'edit'],
    setUp: ring({
      launcher: { mode: 'Worker0' },
      workers: { replicas: 1 },
      args: [VERY_LONG],
    }),
    acts: [],
  },
  fenced: {
    about: 'the same, and its launcher ends it when ZooKeeper is silent for half a minute',
    loose: true,
    lasting: true,
    families: ['behind our back', 'crash', 'leader', 'ZooKeeper'],
    setUp: ring({
      launcher: { mode: 'Worker0' },
      workers: { replicas: 1 },
      args: [VERY_LONG],
      runPolicy: { unreachable: 'Kill', unreachableSeconds: 30 },
    }),
    acts: [],
  },
  halt: {
    about: 'suspended while it runs for a while, and resumed',
    loose: true,
    setUp: ring({ args: [LASTS] }),
    acts: [
      act('suspend', running, amend({ runPolicy: { suspend: true } })),
      act('resume', suspended, amend({ runPolicy: { suspend: false } })),
    ],
  },
  retry: {
    about: 'fails, is tried again, and fails for good',
    setUp: ring({ args: ['exit=7'], runPolicy: { backoffLimit: 1 } }),
    acts: [],
  },
  edit: {
    about: 'what runs is changed while it runs',
    stops: true,
    setUp: ring({ args: ['endless'] }),
    acts: [act('edit', running, amend({ args: [] }))],
  },
  delete: {
    about: 'the manifest is removed while it runs',
    stops: true,
    removes: true,
    setUp: ring({ args: ['endless'] }),
    acts: [act('delete', running, remove)],
  },
  'delete-done': {
    about: 'the manifest of a finished job is removed',
    removes: true,
    setUp: ring(),
    acts: [act('delete', done, remove)],
  },
  suspend: {
    about: 'suspended while it runs, and resumed',
    stops: true,
    setUp: ring({ args: ['endless'] }),
    acts: [
      act('suspend', running, amend({ args: [], runPolicy: { suspend: true } })),
      act('resume', suspended, amend({ runPolicy: { suspend: false } })),
    ],
  },
  cancel: {
    about: 'cancelled while it runs',
    stops: true,
    setUp: ring({ args: ['endless'] }),
    acts: [act('cancel', running, amend({ runPolicy: { cancel: true } }))],
  },
  rerun: {
    about: 'a finished job is run again',
    setUp: ring(),
    acts: [act('rerun', done, amend({ runPolicy: { rerun: 'again' } }))],
  },
  recreate: {
    about: 'deleted, and made again under the same name once it is gone',
    stops: true,
    removes: true,
    setUp: ring({ args: ['endless'] }),
    acts: [act('delete', running, remove), act('create', gone, ring())],
  },
  two: {
    about: 'two jobs at once, one with two attempts',
    setUp: world => {
      put(world, 'ring');
      put(world, 'pi', { args: ['exit=3'], runPolicy: { backoffLimit: 1 } });
    },
    acts: [],
  },
  crowded: {
    about: 'two jobs for which there is room one after the other',
    setUp: world => {
      const workers = { resources: { requests: { cpu: '3' } } };
      put(world, 'pi', { workers });
      put(world, 'ring', { workers, runPolicy: { priority: 1 } });
    },
    acts: [],
  },
  narrow: {
    about: 'two jobs on a network that has addresses for one after the other',
    setUp: world => {
      // 13 addresses, less those of three nodes and of ZooKeeper: each job wants five
      const spec = { network: { name: 'narrow', subnet: '10.9.0.0/28' }, workers: { replicas: 4 } };
      put(world, 'pi', spec);
      put(world, 'ring', { ...spec, runPolicy: { priority: 1 } });
    },
    acts: [],
  },
  ttl: {
    about: 'everything is kept, and removed when its time to live is over',
    setUp: ring({ runPolicy: { cleanUpPolicy: 'None', ttlSecondsAfterFinished: 30 } }),
    acts: [],
  },
  all: {
    about: 'clean-up policy All',
    setUp: ring({ runPolicy: { cleanUpPolicy: 'All' } }),
    acts: [],
  },
  deadline: {
    about: 'ended by its active deadline',
    stops: true,
    setUp: ring({ args: ['endless'], runPolicy: { activeDeadlineSeconds: 120 } }),
    acts: [],
  },
};
