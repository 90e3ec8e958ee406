import { expect } from 'chai';
import { killContainer, oneOf, signalIn } from './support/containers.js';
import { Rig } from './support/rig.js';
import { Scene } from './support/scene.js';
import { withStranger } from './support/stranger.js';
import { faultIt } from './support/table.js';

const SESSION_MS = 3_000;
/** Not the sessions that it has made. */
const SSHD = /^sshd\.real: /;
const AGENT = /^\/opt\/mpiswarm\/\S+ .*\/bin\/node |^\/opt\/mpiswarm\/bin\/node /;

describe('a job with a killed process or container @full', function () {
  this.timeout(180_000);
  let scene: Scene;
  let rig: Rig;

  before(async () => {
    rig = await Rig.create(['--session-timeout', `${SESSION_MS}ms`]);
    scene = await Scene.create(rig);
    await rig.mpiswarm.start();
  });

  after(async () => scene.close());

  faultIt(
    'is started once when a worker is killed before the start, with another container in its place',
    'worker container killed before the start',
    async () => {
      const name = 'worker-early';
      await scene.held({ name, node: 0 });
      await killContainer(rig.cluster, await oneOf(rig.cluster, name, 'workers', 1));
      await scene.release(name);
      return scene.outcome(name);
    },
  );

  faultIt(
    'is started once when the launcher is killed before the start, with another container in its place',
    'launcher container killed before the start',
    async () => {
      const name = 'launcher-early';
      await scene.held({ name, node: 0 });
      await killContainer(rig.cluster, await oneOf(rig.cluster, name, 'launcher'));
      await scene.release(name);
      return scene.outcome(name);
    },
  );

  faultIt(
    'is started once when the sshd of a ready worker is killed before the start',
    'sshd killed before the start',
    async () => {
      const name = 'sshd-early';
      const key = await scene.held({ name, node: 0 });
      await rig.mpiswarm.waitFor(key, ({ status }) => status.workers[0]?.registered === true);
      await signalIn(rig.cluster, await oneOf(rig.cluster, name, 'workers', 1), SSHD, 'SIGKILL');
      await scene.release(name);
      return scene.outcome(name);
    },
  );

  faultIt(
    'is started once when the agent of a worker is stopped for longer than its session before the start',
    'agent stopped with SIGSTOP before the start',
    async () => {
      const name = 'agent-early';
      const key = await scene.held({ name, node: 0 });
      const registered = (is: boolean) =>
        rig.mpiswarm.waitFor(key, ({ status }) => status.workers[0]?.registered === is);
      await registered(true);
      const worker = await oneOf(rig.cluster, name, 'workers', 1);
      await signalIn(rig.cluster, worker, AGENT, 'SIGSTOP');
      await registered(false);
      await signalIn(rig.cluster, worker, AGENT, 'SIGCONT');
      await scene.release(name);
      return scene.outcome(name);
    },
  );

  faultIt(
    'is not started while a stranger is registered in the place of a worker, and says which address is wrong',
    'wrong registration',
    async () => {
      const name = 'stranger';
      const key = await scene.held({ name, node: 0 });
      const waiting = await rig.mpiswarm.waitFor(key, ({ status }) => status.workers[0]?.registered === true);
      const run = waiting.status.runs[0]?.id ?? '';
      await withStranger(rig, run, '10.99.99.99', async () => {
        await scene.release(name);
        const { status } = await rig.mpiswarm.waitFor(key, ({ status }) =>
          status.waitingOn.some(({ message }) => message.includes('10.99.99.99')),
        );
        expect(status.phase).to.be.oneOf(['networked', 'ssh-ready']);
        expect(await rig.starts(name), 'starts').to.equal(0);
      });
      return scene.outcome(name);
    },
  );

  for (const mode of ['Dedicated', 'Worker0'] as const) {
    faultIt(
      `is not started when a worker's sshd shows another host key, and names the key, launcher ${mode}`,
      'wrong host key offered',
      async () => {
        const name = `impostor-${mode.toLowerCase()}`;
        const slot = mode === 'Worker0' ? 1 : 2;
        await scene.gate.impostor(`${name}-${slot}`);
        const spec = { launcher: { mode }, runPolicy: { startDeadlineSeconds: 12, backoffLimit: 0 } };
        await scene.drop({ name, node: 0, spec });
        const { status } = await rig.mpiswarm.waitDone(`default/${name}`);
        expect(status.outcome).to.equal('Failed');
        expect(status.reason).to.equal('StartDeadlineExceeded');
        expect(status.message).to.match(/worker 1: .*host key/);
        expect(await rig.starts(name), 'starts').to.equal(0);
        await rig.mpiswarm.remove(`${name}.yaml`);
        return 'refused, 0 starts';
      },
    );
  }

  faultIt(
    'goes on as if nothing had happened when sshd is killed while mpirun runs',
    'sshd killed during the run',
    async () => {
      const name = 'sshd-late';
      await scene.running({ name, node: 0, seconds: 4 });
      for (const slot of [1, 2])
        await signalIn(rig.cluster, await oneOf(rig.cluster, name, 'workers', slot), SSHD, 'SIGKILL');
      return scene.outcome(name);
    },
  );

  faultIt(
    'goes on as if nothing had happened when an agent is stopped for longer than its session while mpirun runs',
    'agent stopped with SIGSTOP during the run',
    async () => {
      const name = 'agent-late';
      await scene.running({ name, node: 0, seconds: 8 });
      const worker = await oneOf(rig.cluster, name, 'workers', 1);
      await signalIn(rig.cluster, worker, AGENT, 'SIGSTOP');
      await new Promise(resolve => setTimeout(resolve, SESSION_MS + 1_000));
      await signalIn(rig.cluster, worker, AGENT, 'SIGCONT');
      return scene.outcome(name);
    },
  );

  faultIt(
    'fails and is run again when a worker is killed while mpirun runs',
    'worker container killed during the run',
    async () => {
      const name = 'worker-late';
      await scene.running({ name, node: 0, seconds: 4 });
      await killContainer(rig.cluster, await oneOf(rig.cluster, name, 'workers', 1));
      return scene.outcome(name, { runs: 2 });
    },
  );

  faultIt('fails and is run again when a rank is killed', 'rank killed during the run', async () => {
    const name = 'rank-late';
    await scene.running({ name, node: 0, seconds: 4 });
    await signalIn(rig.cluster, await oneOf(rig.cluster, name, 'workers', 2), /^ledger /, 'SIGKILL');
    return scene.outcome(name, { runs: 2 });
  });

  faultIt(
    'fails as LauncherLost and is run again when the launcher is killed while mpirun runs',
    'launcher container killed during the run',
    async () => {
      const name = 'launcher-late';
      await scene.running({ name, node: 0, seconds: 4 });
      await killContainer(rig.cluster, await oneOf(rig.cluster, name, 'launcher'));
      const record = await scene.succeeds(name, { runs: 2 });
      expect(record.status.runs[0]?.reason).to.equal('LauncherLost');
      return 'Succeeded, 2 runs, 2 starts';
    },
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(scene.names)).to.deep.equal([]);
  });
});
