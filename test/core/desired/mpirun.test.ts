import { expect } from 'chai';
import {
  interfaceVariables,
  mpirunCommand,
  mpirunEnv,
  processes,
} from '../../../controller/core/desired/mpirun.js';
import { job } from '../build.js';

const SUBNET = '10.0.1.0/24';
const MASTER = '10.0.0.5:2181/mpiswarm/runs/ring-1a2b3c4d-1';

describe('the mpirun command', () => {
  it('fills all slots of all workers over the network of the overlay when nothing else is asked for', () => {
    const plain = job({ workers: { replicas: 3, slots: 2 } });
    expect(mpirunCommand(plain, SUBNET, MASTER).join(' ')).to.equal(
      `mpirun --allow-run-as-root -np 6 --mca btl_tcp_if_include ${SUBNET} --hostfile /twister2/hostFile /opt/ring`,
    );
  });

  it('carries everything that the manifest asks for, sorted, before the program', () => {
    const full = job({
      workers: { replicas: 2, user: '1000:1000' },
      mpi: {
        hostfile: '/tmp/hosts',
        processes: 1,
        mca: { pml_base_verbose: '10', btl_tcp_eager_limit: '65536', btl_tcp_if_include: 'ib0' },
        args: ['--report-bindings'],
        export: ['PATH', 'OMP_NUM_THREADS'],
      },
      args: ['100'],
    });
    expect(mpirunCommand(full, SUBNET, MASTER).join(' ')).to.equal(
      'mpirun -np 1 --mca btl_tcp_if_include ib0 --hostfile /tmp/hosts -x OMP_NUM_THREADS -x PATH ' +
        '--mca btl_tcp_eager_limit 65536 --mca pml_base_verbose 10 --report-bindings /opt/ring 100',
    );
  });

  for (const user of ['root', '0', 'root:root', '0:0']) {
    it(`lets user ${user} run as root`, () => {
      expect(mpirunCommand(job({ workers: { user } }), SUBNET, MASTER)).to.include('--allow-run-as-root');
    });
  }

  it('keeps the order of values where order matters', () => {
    const one = job({ mpi: { args: ['--bind-to', 'none'] }, args: ['b', 'a'] });
    expect(mpirunCommand(one, SUBNET, MASTER).slice(-5)).to.deep.equal([
      '--bind-to',
      'none',
      '/opt/ring',
      'b',
      'a',
    ]);
  });
});

describe('the number of ranks', () => {
  it('is processes, or npernode times the workers, or one for each slot', () => {
    expect(processes(job({ workers: { replicas: 3, slots: 4 } }))).to.equal(12);
    expect(processes(job({ workers: { replicas: 3, slots: 4 }, mpi: { npernode: 2 } }))).to.equal(6);
    expect(processes(job({ workers: { replicas: 3, slots: 4 }, mpi: { processes: 5 } }))).to.equal(5);
  });
});

describe('the environment of mpirun', () => {
  it('has the variables of both Open MPI 4 and Open MPI 5', () => {
    const env = mpirunEnv(job(), SUBNET);
    expect(env).to.include({
      OMPI_MCA_plm_rsh_args: '-F /run/mpiswarm/ssh/config',
      PRTE_MCA_plm_ssh_args: '-F /run/mpiswarm/ssh/config',
      OMPI_MCA_plm_rsh_no_tree_spawn: '1',
      PRTE_MCA_plm_ssh_no_tree_spawn: '1',
      OMPI_MCA_oob_tcp_if_include: SUBNET,
    });
  });

  it('names the interface for Open MPI 5, which takes no network there', () => {
    const named = (spec: Parameters<typeof job>[0]) => ({
      inContainer: interfaceVariables(job(spec)),
      here: mpirunEnv(job(spec), SUBNET)['PRTE_MCA_prte_if_include'],
    });
    const found = { inContainer: ['PRTE_MCA_prte_if_include'], here: undefined };
    expect(named({})).to.deep.equal(found);
    expect(named({ mpi: { interface: '10.9.0.0/16' } })).to.deep.equal(found);
    expect(named({ mpi: { interface: 'eth0' } })).to.deep.equal({ inContainer: [], here: 'eth0' });
    const own = { inContainer: [], here: undefined };
    expect(named({ mpi: { mca: { prte_if_include: 'ib0' } } })).to.deep.equal(own);
  });

  it('leaves to the manifest what the manifest sets', () => {
    const env = mpirunEnv(job({ mpi: { mca: { btl: 'self,tcp', plm_ssh_args: '-v' } } }), SUBNET);
    expect(env).to.not.have.any.keys('OMPI_MCA_btl', 'PRTE_MCA_plm_ssh_args');
    expect(env).to.include.keys('OMPI_MCA_pml', 'OMPI_MCA_plm_rsh_args');
  });

  it('lets mpirun start all workers of a large job at once', () => {
    expect(mpirunEnv(job({ workers: { replicas: 300 } }), SUBNET)).to.include({
      OMPI_MCA_plm_rsh_num_concurrent: '300',
      PRTE_MCA_plm_ssh_num_concurrent: '300',
    });
  });
});
