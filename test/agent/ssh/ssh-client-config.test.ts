import { expect } from 'chai';
import type { Registration } from '../../../controller/shared/protocol/protocol.js';
import { agentPaths } from '../../../images/agent/runtime/paths.js';
import { knownHosts, sshClientConfig } from '../../../images/agent/ssh/ssh-client-config.js';

const worker = (index: number, address: string, port: number): Registration => ({
  ...{ index, address, port, task: 't', slots: 1, resources: {}, node: { id: 'n', hostname: 'n' } },
});

describe('the configuration of mpirun’s ssh', () => {
  it('is where the run’s Open MPI settings say', () => {
    expect(agentPaths('').sshConfig).to.equal('/run/mpiswarm/ssh/config');
  });

  it('checks host keys strictly against the known hosts of the run alone', () => {
    const lines = sshClientConfig(agentPaths(''), 2022, 'mpi').split('\n');
    expect(lines).to.include.members([
      'Port 2022',
      'User mpi',
      'IdentityFile /run/mpiswarm/ssh/client_key',
      'UserKnownHostsFile /run/mpiswarm/ssh/known_hosts',
      'GlobalKnownHostsFile /dev/null',
      'StrictHostKeyChecking yes',
      'KexAlgorithms curve25519-sha256',
      'BatchMode yes',
      'LogLevel ERROR',
    ]);
  });

  it('names each worker once, sorted, with the port where it is not 22', () => {
    const workers = [worker(1, '10.0.1.8', 2022), worker(0, '10.0.1.9', 22)];
    expect(knownHosts(workers, 'ssh-ed25519 AAAA')).to.equal(
      '10.0.1.9 ssh-ed25519 AAAA\n[10.0.1.8]:2022 ssh-ed25519 AAAA\n',
    );
  });
});
