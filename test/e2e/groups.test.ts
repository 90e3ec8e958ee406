import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import { DOCKER, until } from './support/installation.js';
import { groupedManifest, OPENMPI4, OPENMPI5, ringOutput } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const MINUTE = 60_000;
type Shape = readonly [image: string, mode: 'Dedicated' | 'Worker0'];
const PLAIN: Shape = [OPENMPI5, 'Dedicated'];
const SHAPES: readonly Shape[] = [
  [OPENMPI4, 'Dedicated'],
  [OPENMPI5, 'Worker0'],
];
const nameOf = ([image, mode]: Shape) => `two-${image === OPENMPI5 ? '5' : '4'}-${mode.toLowerCase()}`;
/** Of the container's memory, whatever the kernel calls the file. */
const PRINT_LIMIT = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null';

describe('workers in two groups, on three nodes', function () {
  this.timeout(3 * MINUTE);
  let mpiswarm: SharedInstallation;
  /** Host name of the engine's own node. */
  let here: string;

  before(async () => {
    here = (await engineClient(DOCKER).info()).Name;
    mpiswarm = await sharedInstallation('groups');
  });

  after(async () => mpiswarm.close());

  const memory = (amount: string) => ({ requests: { memory: amount }, limits: { memory: amount } });
  const root = () => ({
    ...{ name: 'root', replicas: 1, resources: memory('128Mi') },
    placement: { constraints: [`node.hostname==${here}`] },
  });
  const crew = () => ({
    ...{ name: 'crew', replicas: 2, slots: 2, maxPerNode: 1, resources: memory('256Mi') },
    placement: { constraints: [`node.hostname!=${here}`] },
  });

  const inOrder = ([image, mode]: Shape) =>
    groupedManifest(nameOf([image, mode]), [root(), crew()], { image, spec: { launcher: { mode } } });
  const apart = () =>
    groupedManifest('two-apart', [root(), crew()], {
      command: ['sh', '-c', `${PRINT_LIMIT}; hostname; exit 0`],
      spec: { mode: 'Command', runPolicy: { cleanUpPolicy: 'None' } },
    });
  const live = () =>
    groupedManifest('two-live', [root(), crew()], {
      command: ['sh', '-c', 'echo "rank $MPISWARM_RANK"; exec sleep 300'],
      spec: { mode: 'Command' },
    });

  /** Ranks go by the order of the groups, each group where it may be. */
  async function isInOrder(record: JobRecord): Promise<void> {
    expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
    const { id, placement = [] } = lastRun(record);
    expect((await mpiswarm.output(id)).trim().split('\n').sort()).to.deep.equal(ringOutput(5));
    const places = expandPlacement(placement);
    expect(places.map(({ worker }) => worker)).to.deep.equal([0, 1, 1, 2, 2]);
    const nodes = places.map(({ node }) => node);
    expect(nodes[0]).to.equal(here);
    expect(new Set(nodes).size, 'one of the crew on each of the others').to.equal(3);
  }

  it('have their ranks in the order of the groups, each on an allowed node', async () => {
    await mpiswarm.drop(`${nameOf(PLAIN)}.yaml`, inOrder(PLAIN));
    await isInOrder(await mpiswarm.waitDone(`default/${nameOf(PLAIN)}`));
  });

  describe('in other shapes @full', () => {
    let ended: Ended;

    before(() => {
      ended = together(mpiswarm, {
        'two-apart': apart(),
        ...Object.fromEntries(SHAPES.map(shape => [nameOf(shape), inOrder(shape)])),
      });
    });

    for (const shape of SHAPES)
      it(`have their ranks in that order too: ${shape[0]}, launcher ${shape[1]}`, async () => {
        await isInOrder(await ended(nameOf(shape)));
      });

    it('are limited and listed group by group', async () => {
      const record = await ended('two-apart');
      expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
      const rank = async (n: number) => (await mpiswarm.cli('logs', '--rank', String(n), 'two-apart')).stdout;
      expect(await rank(0)).to.equal(`${128 * 2 ** 20}\ntwo-apart-root-1\n`);
      expect(await rank(2)).to.match(new RegExp(`^${256 * 2 ** 20}\ntwo-apart-crew-[12]\n$`));
      expect(await rank(4)).to.match(new RegExp(`^${256 * 2 ** 20}\ntwo-apart-crew-[12]\n$`));
      const { stdout } = await mpiswarm.cli('describe', 'two-apart');
      expect(stdout).to.match(
        /Workers: +root: 1 with 1 slot each; crew: 2 with 2 slots each, at most 1 on a node\n/,
      );
      expect(stdout).to.match(/\n +INDEX +GROUP +NODE .*\n +0 +root .*\n +1 +crew .*\n +2 +crew /);
      const { stdout: row } = await mpiswarm.cli('get', 'two-apart');
      expect(row).to.match(/\ntwo-apart +done +Succeeded +3 /);
      const filters = { label: [`${LABEL.run}=${lastRun(record).id}`] };
      const services = await engineClient(DOCKER).listServices({ filters });
      const run = lastRun(record).id;
      expect(services.map(({ Spec }) => Spec?.Name).sort()).to.deep.equal(
        ['launcher', 'workers-crew', 'workers-root'].map(part => `${run}-${part}`),
      );
    });

    it('have the output of every rank read while it runs, whichever group it is in', async () => {
      await mpiswarm.drop('two-live.yaml', live());
      for (const rank of [0, 2, 4]) {
        await until(`the output of rank ${rank}`, MINUTE, async () => {
          const { stdout } = await mpiswarm.cli('logs', '--rank', String(rank), 'two-live');
          return stdout === `rank ${rank}\n` || undefined;
        });
      }
      await mpiswarm.remove('two-live.yaml');
      await mpiswarm.waitGone('default/two-live');
    });

    it('wait as a whole while one group has no room, name that group, and run when it has', async () => {
      const tooMuch = { ...crew(), resources: { requests: { memory: '10Ti' } } };
      await mpiswarm.drop('two-wait.yaml', groupedManifest('two-wait', [root(), tooMuch]));
      const waiting = await mpiswarm.waitFor('default/two-wait', ({ status }) => status.reason !== undefined);
      expect(waiting.status).to.include({ phase: 'pending', reason: 'Unschedulable' });
      expect(waiting.status.message).to.equal(
        'needs 1 worker of 128Mi (root), 2 workers of 10Ti (crew): even when they are empty, the nodes have room for none of the workers of group crew',
      );
      const filters = { label: [`${LABEL.job}=default/two-wait`] };
      expect(await engineClient(DOCKER).listServices({ filters })).to.deep.equal([]);
      await mpiswarm.drop('two-wait.yaml', groupedManifest('two-wait', [root(), crew()]));
      const record = await mpiswarm.waitDone('default/two-wait');
      expect(record.status.outcome).to.equal('Succeeded');
    });

    it('wait as a whole while no node suits one group, and name its constraints', async () => {
      const { resources: _, ...bare } = crew();
      const nowhere = { ...bare, placement: { constraints: ['node.labels.gpu==1'] } };
      const rootBare = { name: 'root', replicas: 1 };
      await mpiswarm.drop('two-nowhere.yaml', groupedManifest('two-nowhere', [rootBare, nowhere]));
      const { status } = await mpiswarm.waitFor('default/two-nowhere', ({ status }) =>
        status.waitingOn.some(({ reason }) => reason === 'NoUsableNode'),
      );
      expect(status.waitingOn.map(({ message }) => message)).to.include(
        'group crew: no node is ready and active that meets node.labels.gpu==1',
      );
      const filters = { label: [`${LABEL.job}=default/two-nowhere`] };
      expect(await engineClient(DOCKER).listServices({ filters })).to.deep.equal([]);
      await mpiswarm.remove('two-nowhere.yaml');
      await mpiswarm.waitGone('default/two-nowhere');
    });
  });

  function lastRun({ status }: JobRecord): RunStatus {
    const run = status.runs.at(-1);
    if (!run) throw new Error('no run');
    return run;
  }
});
