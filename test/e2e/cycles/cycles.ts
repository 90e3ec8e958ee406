import { type Cluster, openCluster } from '../../../scripts/cluster/cluster.js';
import { type TestInstallation, until } from '../support/installation.js';
import { manifest, OPENMPI5 } from '../support/manifest.js';
import { difference, type Place, type Snapshot, snapshot } from './snapshot.js';

/** With 125 addresses of which a run takes three, a leak of all of them shows after 40 cycles. */
const NETWORK = { name: 'cycles-net', subnet: '10.77.0.0/25' };
const PLENTY = 128;
/** One job of so many has a network for itself; no multiple of the number of moments, so that each moment has its turn. */
const OWN_NETWORK = 4;
const GONE_MS = 90_000;
const CLEAN_MS = 60_000;

export interface CyclesOptions {
  readonly count: number;
  /** How many jobs there are at a time. */
  readonly parallel: number;
  readonly say: (line: string) => void;
}

export interface CyclesResult {
  readonly cycles: number;
  readonly seconds: number;
  /** What was found before and not after, or the other way round. */
  readonly differences: readonly string[];
  readonly freeAddresses: { readonly before: string; readonly after: string };
}

/** A moment at which a job is ended. */
type Moment =
  | 'at once'
  | 'while its containers start'
  | 'while mpirun runs'
  | 'cancelled'
  | 'when it is done';
const MOMENTS: readonly Moment[] = [
  'at once',
  'while its containers start',
  'while mpirun runs',
  'cancelled',
  'when it is done',
];

/** Makes and removes jobs of two workers, ended at one moment after another, and compares what there is before and after. */
export async function runCycles(mpiswarm: TestInstallation, options: CyclesOptions): Promise<CyclesResult> {
  const { count, parallel, say } = options;
  const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
  const place: Place = {
    ...{ cluster, stateDir: mpiswarm.stateDir, network: NETWORK.name, plenty: PLENTY, image: OPENMPI5 },
  };
  // It names the network whose addresses are counted, which would go with the last job that does
  const idle = manifest('idle', {
    workers: { replicas: 1 },
    spec: { network: NETWORK, runPolicy: { suspend: true } },
  });
  await mpiswarm.drop('idle.yaml', idle);
  // What the first job makes for all that follow is there before
  await cycle(mpiswarm, { name: 'first', network: NETWORK, moment: 'when it is done' });
  await containersGone(cluster);
  const before = await snapshot(place);
  const from = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      const name = `cycle-${at}`;
      const network = at % OWN_NETWORK === 1 ? { name: `${name}-net` } : NETWORK;
      await cycle(mpiswarm, { name, network, moment: MOMENTS[at % MOMENTS.length] ?? 'at once' });
      if ((at + 1) % 25 === 0) say(`${at + 1} cycles, ${((performance.now() - from) / 1_000).toFixed(0)} s`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const seconds = (performance.now() - from) / 1_000;
  await containersGone(cluster);
  const after = await settled(place, before);
  const free = (one: Snapshot): string => one['free addresses']?.[0] ?? '';
  return {
    cycles: count,
    seconds,
    differences: difference(before, after),
    freeAddresses: { before: free(before), after: free(after) },
  };
}

interface Cycle {
  readonly name: string;
  readonly network: { readonly name: string; readonly subnet?: string };
  readonly moment: Moment;
}

async function cycle(mpiswarm: TestInstallation, { name, network, moment }: Cycle): Promise<void> {
  const key = `default/${name}`;
  const long = moment === 'while mpirun runs' || moment === 'cancelled';
  const text = (cancel: boolean): string =>
    manifest(name, {
      workers: { replicas: 2 },
      command: ['sleep', long ? '60' : '0'],
      spec: { network, imagePullPolicy: 'Never', runPolicy: { cancel } },
    });
  const phase = (...phases: readonly string[]) =>
    mpiswarm.waitFor(key, ({ status }) => phases.includes(status.phase), GONE_MS);
  await mpiswarm.drop(`${name}.yaml`, text(false));
  switch (moment) {
    case 'at once':
      break;
    case 'while its containers start':
      await mpiswarm.waitFor(key, ({ status }) => status.workers.length > 0, GONE_MS);
      break;
    case 'while mpirun runs':
      await phase('running');
      break;
    case 'cancelled':
      await phase('running');
      await mpiswarm.drop(`${name}.yaml`, text(true));
      await phase('done');
      break;
    case 'when it is done':
      await phase('done');
      break;
    default:
      moment satisfies never;
  }
  await mpiswarm.remove(`${name}.yaml`);
  await until(`job ${name} is forgotten`, GONE_MS, async () =>
    (await mpiswarm.job(key)) === undefined ? true : undefined,
  );
}

/** Docker takes some seconds to remove a container from an overlay. */
async function containersGone(cluster: Cluster): Promise<void> {
  const filters = { label: ['mpiswarm.dev/part=run'] };
  await until('the end of all containers', CLEAN_MS, async () => {
    const all = cluster.nodes.map((_, at) => cluster.docker(at).listContainers({ all: true, filters }));
    return (await Promise.all(all)).flat().length === 0 ? true : undefined;
  });
}

/** The first snapshot that equals `before`, or the last one in a minute. */
async function settled(place: Place, before: Snapshot): Promise<Snapshot> {
  const end = performance.now() + CLEAN_MS;
  for (;;) {
    const now = await snapshot(place);
    if (difference(before, now).length === 0 || performance.now() > end) return now;
  }
}
