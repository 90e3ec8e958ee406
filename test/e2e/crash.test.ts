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

  /** A phase that a job stays in until `release`, so that the kill surely falls into it. */
  interface Hold {
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly image?: string;
    readonly before?: () => Promise<unknown>;
    readonly release?: () => Promise<unknown>;
  }

  const holds: Readonly<Partial<Record<Phase, Hold>>> = {
    pending: {
      image: `${held.repo}:${held.tag}`,
      release: () => docker.getImage(OPENMPI5).tag(held),
    },
    imaged: {
      spec: { network: { name: 'held-net' } },
      before: () => docker.createNetwork({ Name: 'held-net', Driver: 'overlay', Attachable: false }),
      release: () => docker.getNetwork('held-net').remove(),
    },
    // Starting containers takes a second, and the program runs for two
    networked: {},
    running: {},
    done: {},
  };

  for (const [phase, hold] of Object.entries(holds)) {
    it(`in phase ${phase} and started again ends with the same result and one start of mpirun`, async () => {
      const seen = await killedAt(`crash-${phase}`, hold, record => record.status.phase === phase);
      expect(seen.status.phase).to.equal(phase);
    });
  }

  for (const attempt of [1, 2, 3]) {
    // These rungs follow each other within milliseconds; every effect between them is a case of test/loop/crash.test.ts
    it(`between ssh-ready and the first seconds of mpirun, for the ${attempt}. time, ends the same too`, async () => {
      const above = PHASES.indexOf('networked');
      await killedAt(`crash-start-${attempt}`, {}, record => PHASES.indexOf(record.status.phase) > above);
    });
  }

  /** Kills the controller when the job is as said, lets it go on, and looks at the end. Returns what was seen at the kill. */
  async function killedAt(
    name: string,
    hold: Hold,
    when: (record: JobRecord) => boolean,
  ): Promise<JobRecord> {
    const key = `default/${name}`;
    const text = manifest(name, {
      ...(hold.image === undefined ? {} : { image: hold.image }),
      ...counted(name, hostname, 2),
      spec: { imagePullPolicy: 'Never', ...hold.spec },
    });
    await hold.before?.();
    await mpiswarm.start();
    await mpiswarm.drop(`${name}.yaml`, text);
    const seen = await mpiswarm.waitFor(key, when);
    await mpiswarm.stop('SIGKILL');
    await hold.release?.();
    await mpiswarm.start();
    const record = await mpiswarm.waitDone(key);
    await mpiswarm.stop();

    expect(record.uid, 'the same job').to.equal(seen.uid);
    expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
    expect(record.status.exitCode).to.equal(0);
    expect(record.status.runs, 'one attempt').to.have.length(1);
    expect(await startsOf(docker, name), 'starts that the program itself counted').to.equal(1);
    const label = [`${LABEL.job}=${key}`, `${LABEL.role}=workers`];
    expect(await docker.listServices({ filters: { label } }), 'workers are removed').to.deep.equal([]);
    return seen;
  }
});
