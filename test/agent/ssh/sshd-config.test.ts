import { expect } from 'chai';
import { authorizedKeys, sshdConfig } from '../../../images/agent/ssh/sshd-config.js';

const SETTINGS = {
  paths: { hostKey: '/run/mpiswarm/ssh/host_key', authorizedKeys: '/run/mpiswarm/ssh/authorized_keys' },
  address: '10.0.1.7',
  port: 2022,
  usePam: false,
  penalties: false,
  env: { PATH: '/usr/bin', A: 'a b' },
};

describe('the configuration of sshd', () => {
  it('is this, byte for byte', () => {
    expect(sshdConfig(SETTINGS)).to.equal(
      `${[
        'Port 2022',
        'ListenAddress 10.0.1.7',
        'HostKey /run/mpiswarm/ssh/host_key',
        'AuthorizedKeysFile /run/mpiswarm/ssh/authorized_keys',
        'StrictModes no',
        'AuthenticationMethods publickey',
        'PubkeyAuthentication yes',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin prohibit-password',
        'UsePAM no',
        'KexAlgorithms curve25519-sha256',
        'DisableForwarding yes',
        'PermitTTY no',
        'PermitUserRC no',
        'PermitUserEnvironment no',
        'PrintMotd no',
        'PrintLastLog no',
        'UseDNS no',
        'PidFile none',
        'LogLevel INFO',
        'MaxStartups 200',
        'SetEnv "A=a b" "PATH=/usr/bin"',
      ].join('\n')}\n`,
    );
  });

  it('keeps what is about the agent or one container from the ranks', () => {
    const env = { MPISWARM_TASK: 't', HOSTNAME: 'h', HOME: '/root', PWD: '/', SHLVL: '0', OMPI_X: '1' };
    expect(sshdConfig({ ...SETTINGS, env })).to.match(/\nSetEnv "OMPI_X=1"\n$/);
  });

  it('leaves out a value with a line break, which would end the line', () => {
    const env = { A: 'x\nPermitRootLogin yes', B: 'ok' };
    expect(sshdConfig({ ...SETTINGS, env })).to.match(/\nSetEnv "B=ok"\n$/);
  });

  it('escapes quotes and backslashes', () => {
    const env = { A: `"q" \\ 'r'` };
    expect(sshdConfig({ ...SETTINGS, env })).to.include(`SetEnv "A=\\"q\\" \\\\ 'r'"\n`);
  });

  it('turns penalties off only where sshd knows them', () => {
    expect(sshdConfig(SETTINGS)).not.to.include('PerSourcePenalties');
    expect(sshdConfig({ ...SETTINGS, penalties: true })).to.include('\nPerSourcePenalties no\n');
  });

  it('lets the key of the run only run commands', () => {
    expect(authorizedKeys('ssh-ed25519 AAAA')).to.equal('restrict ssh-ed25519 AAAA\n');
  });
});
