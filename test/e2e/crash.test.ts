import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import { PHASES, type Phase } from '../../controller/core/model/phase.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { counted, makeLedger, removeLedger, startsOf } from './support/ledger.js';
import { manifest, OPENMPI5 } from './support/manifest.js';
import { removeUnused } from './support/remove.js';

describe('a controller that is killed with SIGKILL', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;
  let hostname = '';

  before(async () => {
    hostname = (await docker.info()).Name as string;
    await makeLedger(docker);
    mpiswarm = await TestInstallation.create();
  });

  after(async () => {
    await mpiswarm.destroy();
    await removeLedger(docker);
    await removeUnused(docker.getImage(`${held.repo}:${held.tag}`));
  });

  const docker = engineClient(DOCKER);
  const held = { repo: 'mpiswarm-test/held', tag: '1' };

  /** A job that stays in a phase until `release`, so that the kill surely falls into it. */
  interface Held {
    readonly phase: Phase;
    /** How long the program runs. */
    readonly seconds: number;
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly image?: string;
    readonly prepare?: () => Promise<unknown>;
    readonly release?: () => Promise<unknown>;
  }

  const jobs: readonly Held[] = [
    {
      ...{ phase: 'pending', seconds: 2, image: `${held.repo}:${held.tag}` },
      release: () => docker.getImage(OPENMPI5).tag(held),
    },
    {
      ...{ phase: 'imaged', seconds: 2, spec: { network: { name: 'held-net' } } },
      prepare: () => docker.createNetwork({ Name: 'held-net', Driver: 'overlay', Attachable: false }),
      release: () => docker.getNetwork('held-net').remove(),
    },
    { phase: 'running', seconds: 20 },
    { phase: 'done', seconds: 0 },
  ];

  it('and started again while jobs are in different phases has the same results, with one start of mpirun each @full', async () => {
    const named = jobs.map(job => ({ ...job, name: `crash-${job.phase}` }));
    for (const { prepare } of named) await prepare?.();
    await mpiswarm.start();
    for (const job of named) await drop(job.name, job);
    const seen = await Promise.all(
      named.map(({ name, phase }) =>
        mpiswarm.waitFor(`default/${name}`, ({ status }) => status.phase === phase),
      ),
    );
    const { jobs: last } = await mpiswarm.world();
    await mpiswarm.stop('SIGKILL');
    const phases = named.map(({ name }) => last.get(`default/${name}`)?.record.status.phase);
    expect(phases, 'just before the kill').to.deep.equal(named.map(({ phase }) => phase));
    for (const { release } of named) await release?.();
    await mpiswarm.start();
    for (const [i, { name }] of named.entries()) await isUnharmed(name, seen[i]?.uid);
    await mpiswarm.stop();
  });

  for (const [name, when] of [
    // Starting containers takes a second
    ['crash-networked', ({ status }) => status.phase === 'networked'],
    // These rungs follow each other within milliseconds; every effect between them is a case of test/loop/crash.test.ts
    ...[1, 2, 3].map(n => [`crash-start-${n}`, isPastNetworked] as const),
  ] as readonly (readonly [string, (record: JobRecord) => boolean])[]) {
    it(`and started again while ${name === 'crash-networked' ? 'containers start' : `mpirun is about to start, number ${name.at(-1)},`} has the same result, with one start of mpirun @full`, async () => {
      await mpiswarm.start();
      await drop(name, { seconds: 2 });
      const { uid } = await mpiswarm.waitFor(`default/${name}`, when);
      await mpiswarm.stop('SIGKILL');
      await mpiswarm.start();
      await isUnharmed(name, uid);
      await mpiswarm.stop();
    });
  }

  async function drop(name: string, { seconds, image, spec }: Omit<Held, 'phase'>): Promise<void> {
    const text = manifest(name, {
      ...(image === undefined ? {} : { image }),
      ...counted(name, hostname, seconds),
      spec: { imagePullPolicy: 'Never', ...spec },
    });
    await mpiswarm.drop(`${name}.yaml`, text);
  }

  async function isUnharmed(name: string, uid: string | undefined): Promise<void> {
    const key = `default/${name}`;
    const record = await mpiswarm.waitDone(key);
    expect(record.uid, 'the same job').to.equal(uid);
    expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
    expect(record.status.exitCode).to.equal(0);
    expect(record.status.runs, 'one attempt').to.have.length(1);
    expect(await startsOf(docker, name), 'starts that the program itself counted').to.equal(1);
    const filters = { label: [`${LABEL.job}=${key}`, `${LABEL.role}=workers`] };
    expect(await docker.listServices({ filters }), 'workers are removed').to.deep.equal([]);
  }
});

function isPastNetworked({ status }: JobRecord): boolean {
  return PHASES.indexOf(status.phase) > PHASES.indexOf('networked');
}
