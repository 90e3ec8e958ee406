import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import { PHASES } from '../../controller/core/model/phase.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import { DOCKER } from './support/installation.js';
import { type ManifestParts, manifest, OPENMPI4, OPENMPI5, ringOutput } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const MINUTE = 60_000;

interface Variant {
  readonly title: string;
  readonly name: string;
  readonly parts: ManifestParts;
  readonly ranks: number;
  /** The worker that a rank belongs on. */
  readonly worker: (rank: number) => number;
}

const own = (rank: number): number => rank;

const PLAIN: readonly Variant[] = [
  { title: 'four workers, Open MPI 5', name: 'ring5', parts: { image: OPENMPI5 }, ranks: 4, worker: own },
  { title: 'four workers, Open MPI 4.1', name: 'ring4', parts: { image: OPENMPI4 }, ranks: 4, worker: own },
];

const OTHERS: readonly Variant[] = [
  ...([OPENMPI5, OPENMPI4] as const).flatMap((image, i): Variant[] => [
    {
      title: `two slots a worker, ${image}`,
      name: `slots-${i}`,
      parts: { image, workers: { replicas: 3, slots: 2 } },
      ranks: 6,
      worker: rank => Math.floor(rank / 2),
    },
    {
      title: `npernode 1 on three nodes, ${image}`,
      name: `npernode-${i}`,
      parts: { image, workers: { replicas: 3, slots: 2, maxPerNode: 1 }, spec: { mpi: { npernode: 1 } } },
      ranks: 3,
      worker: own,
    },
    {
      title: `the launcher as worker 0, ${image}`,
      name: `worker0-${i}`,
      parts: { image, workers: { replicas: 3 }, spec: { launcher: { mode: 'Worker0' } } },
      ranks: 3,
      worker: own,
    },
  ]),
  {
    title: 'a user other than root',
    name: 'unprivileged',
    parts: { workers: { replicas: 2, user: 'mpi' } },
    ranks: 2,
    worker: own,
  },
];

/** With characters that a shell, ssh and mpirun each might take for their own. */
const GREETING = `two words, "quoted" and 'single', a $dollar and a \\ backslash`;

describe('a manifest dropped into the folder of mpiswarm up, on three nodes', function () {
  this.timeout(3 * MINUTE);
  let mpiswarm: SharedInstallation;
  let ended: Ended;

  before(async () => {
    mpiswarm = await sharedInstallation('ladder');
  });

  after(async () => mpiswarm.close());

  describe('runs the ring of Open MPI', () => {
    before(() => {
      ended = together(mpiswarm, texts(PLAIN));
    });

    for (const variant of PLAIN) it(`to done: ${variant.title}`, () => climbs(variant));

    it('only once when the same manifest is dropped again', async () => {
      const before = await mpiswarm.waitDone('default/ring5');
      const { version } = (await mpiswarm.world()).jobs.get('default/ring5') ?? {};
      await mpiswarm.drop('ring5.yaml', manifest('ring5', { image: OPENMPI5 }));
      await mpiswarm.caughtUp();
      expect(await mpiswarm.job('default/ring5')).to.deep.equal(before);
      expect((await mpiswarm.world()).jobs.get('default/ring5')?.version).to.equal(version);
    });
  });

  describe('runs the ring of Open MPI in every other shape @full', () => {
    before(() => {
      ended = together(mpiswarm, texts(OTHERS));
    });

    for (const variant of OTHERS) it(`to done: ${variant.title}`, () => climbs(variant));

    it('spread over all three nodes where npernode is 1', async () => {
      const nodes = new Set(onlyRun(await ended('npernode-0')).placement?.map(([, node]) => node));
      expect(nodes.size).to.equal(3);
    });
  });

  describe('runs a program of any kind @full', () => {
    before(() => {
      ended = together(mpiswarm, {
        'no-node': manifest('no-node', {
          workers: { replicas: 2 },
          command: ['sh', '-c', 'if command -v node; then exit 9; else echo none; fi'],
        }),
        environment: manifest('environment', {
          workers: { replicas: 2, env: [{ name: 'GREETING', value: GREETING }] },
          command: ['sh', '-c', 'echo "$GREETING"'],
        }),
      });
    });

    it('in an image without Node', async () => {
      const record = await ended('no-node');
      expect(record.status.outcome).to.equal('Succeeded');
      expect(await mpiswarm.output(onlyRun(record).id)).to.equal('none\nnone\n');
    });

    it('with the environment of image and manifest on other nodes too, spaces and quotes included', async () => {
      const { id } = onlyRun(await ended('environment'));
      expect(await mpiswarm.output(id)).to.equal(`${GREETING}\n${GREETING}\n`);
    });
  });

  it('runs beside two others that share no name, key, znode or hostfile with it @full', async () => {
    const names = ['beside-left', 'beside-middle', 'beside-right'];
    const parts = {
      workers: { replicas: 2 },
      command: ['sh', '-c', 'ring && cat /twister2/hostFile 2>/dev/null; sleep 2'],
      spec: { runPolicy: { cleanUpPolicy: 'None' }, launcher: { mode: 'Worker0' } },
    };
    await Promise.all(names.map(name => mpiswarm.drop(`${name}.yaml`, manifest(name, parts))));
    const records = await Promise.all(names.map(name => mpiswarm.waitDone(`default/${name}`)));
    expect(records.map(({ status }) => status.outcome)).to.deep.equal([
      'Succeeded',
      'Succeeded',
      'Succeeded',
    ]);

    const docker = engineClient(DOCKER);
    const ids = records.map(record => onlyRun(record).id);
    const secrets = (await docker.listSecrets()).filter(s => ids.includes(s.Spec?.Labels?.[LABEL.run] ?? ''));
    expect(secrets).to.have.length(6);
    expect(new Set(secrets.map(s => s.Spec?.Labels?.[LABEL.publicKey])).size, 'different keys').to.equal(6);
    expect((await mpiswarm.world()).runIds).to.include.members(ids);

    const outputs = await Promise.all(ids.map(id => mpiswarm.output(id)));
    const hostfiles = outputs.map(text => text.match(/^[\d.]+ slots=1$/gm) ?? []);
    expect(hostfiles.every(lines => lines.length === 2)).to.equal(true);
    expect(new Set(hostfiles.flat()).size, 'no address in two hostfiles').to.equal(6);

    const spans = records
      .map(record => onlyRun(record))
      .map(({ startedAt = 0, endedAt = 0 }) => ({ startedAt, endedAt }));
    expect(Math.max(...spans.map(s => s.startedAt)), 'side by side').to.be.below(
      Math.min(...spans.map(s => s.endedAt)),
    );
  });

  function texts(variants: readonly Variant[]): Readonly<Record<string, string>> {
    return Object.fromEntries(variants.map(({ name, parts }) => [name, manifest(name, parts)]));
  }

  async function climbs({ name, ranks, worker }: Variant): Promise<void> {
    const record = await ended(name);
    const run = onlyRun(record);
    expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
    expect(run.exitCode).to.equal(0);
    expect(climbed(run), 'all eight phases, in order').to.deep.equal(PHASES);
    const held = (type: string) => record.status.conditions.find(c => c.type === type)?.status;
    for (const type of ['ImageReady', 'NetworkReady', 'SSHReady', 'WorkersRegistered', 'HostfileWritten']) {
      expect(held(type), type).to.equal('True');
    }
    expect((await mpiswarm.output(run.id)).trim().split('\n').sort()).to.deep.equal(ringOutput(ranks));
    const placed = expandPlacement(run.placement ?? []).map(({ rank, worker }) => [rank, worker]);
    expect(placed).to.deep.equal(Array.from({ length: ranks }, (_, rank) => [rank, worker(rank)]));
  }
});

function onlyRun(record: JobRecord): RunStatus {
  const [run, ...more] = record.status.runs;
  expect(more, 'one attempt').to.deep.equal([]);
  if (!run) throw new Error('no run');
  return run;
}

/** Phases in the order in which the run reached them. */
function climbed(run: RunStatus): readonly string[] {
  const reached = Object.entries(run.phases).sort(([, a], [, b]) => (a ?? 0) - (b ?? 0));
  return reached.map(([phase]) => phase);
}
