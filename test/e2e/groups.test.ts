import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import { DOCKER, TestInstallation, until } from './support/installation.js';
import { groupedManifest, OPENMPI4, OPENMPI5, ringOutput } from './support/manifest.js';

const MINUTE = 60_000;

describe('workers in two groups, on three nodes', function () {
  this.timeout(3 * MINUTE);
  let mpiswarm: TestInstallation;
  /** Host name of the engine's own node. */
  let here: string;

  before(async () => {
    here = (await engineClient(DOCKER).info()).Name;
    mpiswarm = await TestInstallation.create();
    await mpiswarm.start();
  });

  after(async () => mpiswarm.destroy());

  const memory = (amount: string) => ({ requests: { memory: amount }, limits: { memory: amount } });
  const root = () => ({
    ...{ name: 'root', replicas: 1, resources: memory('128Mi') },
    placement: { constraints: [`node.hostname==${here}`] },
  });
  const crew = () => ({
    ...{ name: 'crew', replicas: 2, slots: 2, maxPerNode: 1, resources: memory('256Mi') },
    placement: { constraints: [`node.hostname!=${here}`] },
  });

  for (const [image, mode] of [
    [OPENMPI5, 'Dedicated'],
    [OPENMPI4, 'Dedicated'],
    [OPENMPI5, 'Worker0'],
  ] as const) {
    it(`rank by rank in the order of the groups, each where it may be: ${image}, launcher ${mode}`, async () => {
      const name = `two-${image === OPENMPI5 ? '5' : '4'}-${mode.toLowerCase()}`;
      const text = groupedManifest(name, [root(), crew()], { image, spec: { launcher: { mode } } });
      await mpiswarm.drop(`${name}.yaml`, text);
      const record = await mpiswarm.waitDone(`default/${name}`);
      expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
      const { id, placement = [] } = lastRun(record);
      expect((await mpiswarm.output(id)).trim().split('\n').sort()).to.deep.equal(ringOutput(5));
      const places = expandPlacement(placement);
      expect(places.map(({ worker }) => worker)).to.deep.equal([0, 1, 1, 2, 2]);
      const nodes = places.map(({ node }) => node);
      expect(nodes[0]).to.equal(here);
      expect(new Set(nodes).size, 'one of the crew on each of the others').to.equal(3);
    });
  }

  it('are limited and told apart group by group', async () => {
    const script = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null';
    const parts = {
      command: ['sh', '-c', `${script}; hostname; exit 0`],
      spec: { mode: 'Command', runPolicy: { cleanUpPolicy: 'None' } },
    };
    await mpiswarm.drop('apart.yaml', groupedManifest('apart', [root(), crew()], parts));
    const record = await mpiswarm.waitDone('default/apart');
    expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
    const rank = async (n: number) => (await mpiswarm.cli('logs', '--rank', String(n), 'apart')).stdout;
    expect(await rank(0)).to.equal(`${128 * 2 ** 20}\napart-root-1\n`);
    expect(await rank(2)).to.match(new RegExp(`^${256 * 2 ** 20}\napart-crew-[12]\n$`));
    expect(await rank(4)).to.match(new RegExp(`^${256 * 2 ** 20}\napart-crew-[12]\n$`));
    const { stdout } = await mpiswarm.cli('describe', 'apart');
    expect(stdout).to.match(
      /Workers: +root: 1 with 1 slot each; crew: 2 with 2 slots each, at most 1 on a node\n/,
    );
    expect(stdout).to.match(/\n +INDEX +GROUP +NODE .*\n +0 +root .*\n +1 +crew .*\n +2 +crew /);
    const { stdout: row } = await mpiswarm.cli('get', 'apart');
    expect(row).to.match(/\napart +done +Succeeded +3 /);
    const filters = { label: [`${LABEL.run}=${lastRun(record).id}`] };
    const services = await engineClient(DOCKER).listServices({ filters });
    const run = lastRun(record).id;
    expect(services.map(({ Spec }) => Spec?.Name).sort()).to.deep.equal(
      ['launcher', 'workers-crew', 'workers-root'].map(part => `${run}-${part}`),
    );
  });

  it('have the output of every rank read while it runs, whichever group it is in', async () => {
    const parts = {
      command: ['sh', '-c', 'echo "rank $MPISWARM_RANK"; exec sleep 300'],
      spec: { mode: 'Command' },
    };
    await mpiswarm.drop('live.yaml', groupedManifest('live', [root(), crew()], parts));
    for (const rank of [0, 2, 4]) {
      await until(`the output of rank ${rank}`, MINUTE, async () => {
        const { stdout } = await mpiswarm.cli('logs', '--rank', String(rank), 'live');
        return stdout === `rank ${rank}\n` || undefined;
      });
    }
    await mpiswarm.remove('live.yaml');
    await mpiswarm.waitGone('default/live');
  });

  it('wait as a whole while one group has no room, which is told by name, and run when it has', async () => {
    const tooMuch = { ...crew(), resources: { requests: { memory: '10Ti' } } };
    await mpiswarm.drop('waits.yaml', groupedManifest('waits', [root(), tooMuch]));
    const waiting = await mpiswarm.waitFor('default/waits', ({ status }) => status.reason !== undefined);
    expect(waiting.status).to.include({ phase: 'pending', reason: 'Unschedulable' });
    expect(waiting.status.message).to.equal(
      'needs 1 worker of 128Mi (root), 2 workers of 10Ti (crew): even when they are empty, the nodes have room for none of the workers of group crew',
    );
    const filters = { label: [`${LABEL.job}=default/waits`] };
    expect(await engineClient(DOCKER).listServices({ filters })).to.deep.equal([]);
    await mpiswarm.drop('waits.yaml', groupedManifest('waits', [root(), crew()]));
    const record = await mpiswarm.waitDone('default/waits');
    expect(record.status.outcome).to.equal('Succeeded');
  });

  it('wait as a whole while no node will do for one group, and say what is asked of it', async () => {
    const { resources: _, ...bare } = crew();
    const nowhere = { ...bare, placement: { constraints: ['node.labels.gpu==1'] } };
    const rootBare = { name: 'root', replicas: 1 };
    await mpiswarm.drop('nowhere.yaml', groupedManifest('nowhere', [rootBare, nowhere]));
    const { status } = await mpiswarm.waitFor('default/nowhere', ({ status }) =>
      status.waitingOn.some(({ reason }) => reason === 'NoUsableNode'),
    );
    expect(status.waitingOn.map(({ message }) => message)).to.include(
      'group crew: no node is ready and active that meets node.labels.gpu==1',
    );
    const filters = { label: [`${LABEL.job}=default/nowhere`] };
    expect(await engineClient(DOCKER).listServices({ filters })).to.deep.equal([]);
    await mpiswarm.remove('nowhere.yaml');
    await mpiswarm.waitGone('default/nowhere');
  });

  function lastRun({ status }: JobRecord): RunStatus {
    const run = status.runs.at(-1);
    if (!run) throw new Error('no run');
    return run;
  }
});
