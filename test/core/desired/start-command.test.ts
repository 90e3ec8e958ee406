import { expect } from 'chai';
import { formatProblem, parseManifests } from '../../../controller/api/manifest/parse.js';
import { started } from '../../../controller/core/desired/start-command.js';
import { runEnd } from '../../../controller/core/run/run-end.js';
import { manifest } from '../../loop/scene.js';
import { factsOf, job, record, view } from '../build.js';

const SUBNET = '10.0.1.0/24';
const result = {
  task: 'launcher',
  ...{ exitCode: 3, startedAt: 1, endedAt: 2, stdoutBytes: 0, stderrBytes: 4 },
};

describe('a job of mode Command', () => {
  it("starts the agent's own program in place of mpirun, with nothing of Open MPI in its environment", () => {
    const of = job({ mode: 'Command', args: ['-n', '3'], mpi: { hostfile: '/tmp/hosts' } });
    expect(started(of, SUBNET, 'zk')).to.deep.equal({
      command: ['/opt/mpiswarm/bin/each', '--hostfile', '/tmp/hosts', '/opt/ring', '-n', '3'],
      commandEnv: {},
      interfaceVariables: [],
    });
  });

  it('is a job of mode MPI by default', () => {
    expect(started(job({ mode: 'MPI' }), SUBNET, 'zk')).to.deep.equal(started(job(), SUBNET, 'zk'));
  });

  it('is refused with settings of mpirun, each by name', () => {
    const mpi = {
      interface: 'eth0',
      processes: 2,
      mca: { btl: 'tcp' },
      args: ['--bind-to', 'core'],
      export: ['PATH'],
    };
    const text = manifest('plain', { mode: 'Command', mpi: { ...mpi, hostfile: '/tmp/hosts' } });
    const { problems } = parseManifests(text, 'plain.json');
    const words = 'cannot be used with spec.mode Command, which does not run mpirun; remove it';
    expect(problems.map(({ message }) => message).sort()).to.deep.equal(
      ['args', 'export', 'interface', 'mca', 'processes'].map(name => `spec.mpi.${name} ${words}`),
    );
    expect(problems.map(formatProblem).every(line => /^plain\.json:\d+:\d+: /.test(line))).to.equal(true);
  });

  it('is refused with the worker starter of Java programs, which needs mpirun', () => {
    const text = manifest('plain', { mode: 'Command', java: { workerClass: 'a.B' } });
    expect(parseManifests(text, 'plain.json').problems.map(({ message }) => message)).to.deep.equal([
      'spec.java.workerClass cannot be used with spec.mode Command: the worker starter needs mpirun; use spec.java.mainClass instead',
    ]);
  });

  it('is reported without the word mpirun: the command exited', () => {
    const seen = view({
      record: record({ mode: 'Command' }),
      znodes: znodes => ({
        ...znodes,
        started: true,
        claim: { task: 'launcher', workers: ['worker-0', 'worker-1'], nonce: 'n', startedAt: 1 },
        result: { ...result, tail: 'mpiswarm: rank 1 on worker 1 exited with code 3\n' },
      }),
    });
    expect(runEnd(seen, factsOf(seen), undefined)).to.deep.equal({
      kind: 'ended',
      end: {
        outcome: 'Failed',
        exitCode: 3,
        reason: 'NonZeroExitCode',
        message: 'the command exited with code 3: mpiswarm: rank 1 on worker 1 exited with code 3',
      },
    });
  });

  it('that says that it lost a worker waits for Swarm to say which, as with mpirun', () => {
    const seen = view({
      record: record({ mode: 'Command' }),
      znodes: znodes => ({
        ...znodes,
        started: true,
        claim: { task: 'launcher', workers: ['worker-0', 'worker-1'], nonce: 'n', startedAt: 1 },
        result: {
          ...result,
          exitCode: 255,
          tail: 'mpiswarm: connection to worker 1 at 10.0.1.12 lost: Connection closed by 10.0.1.12 port 2022\n',
        },
      }),
    });
    expect(runEnd(seen, factsOf(seen), undefined)).to.deep.include({ kind: 'wait', reason: 'LossPending' });
  });
});
