import { expect } from 'chai';
import { loadSettings, type SettingSources } from '../../controller/settings/load.js';
import type { Settings } from '../../controller/settings/settings.js';
import { UsageError } from '../../controller/settings/usage-error.js';

interface Given extends Partial<Omit<SettingSources, 'readText'>> {
  readonly files?: Readonly<Record<string, string>>;
}

function load({ files = {}, ...given }: Given = {}): Promise<Settings> {
  return loadSettings({
    env: {},
    home: '/home/someone',
    isRoot: false,
    version: '0.1.0',
    cwd: '/project',
    flags: {},
    readText: async path => files[path],
    ...given,
  });
}

async function refusal(given: Given): Promise<string> {
  const result = await load(given).catch((error: unknown) => error);
  if (!(result instanceof UsageError)) throw new Error(`expected a refusal, got ${JSON.stringify(result)}`);
  return result.message;
}

const FILE = '/etc/mpiswarm/config.yaml';

describe('settings', () => {
  it('have defaults for everything that has to be known', async () => {
    expect(await load()).to.deep.equal({
      manifests: '/project/manifests',
      docker: 'unix:///var/run/docker.sock',
      zookeeperRoot: '/mpiswarm',
      zookeeperPort: 2181,
      zookeeperImage: 'mpiswarm/zookeeper:0.1.0',
      stateDir: '/home/someone/.local/state/mpiswarm',
      tick: 2_000,
      idleTick: 10_000,
      sessionTimeout: 10_000,
      grace: 10_000,
      allowPruneAll: false,
      allowEmptyZookeeper: false,
      auditWrite: false,
      keepRuns: 20,
      keepAge: 30 * 86_400_000,
      keepSize: 10 * 2 ** 30,
      keepLaunchers: 200,
      logLevel: 'info',
      logFormat: 'text',
      color: 'auto',
    });
  });

  it('follow the conventions of the machine where nothing is said', async () => {
    expect((await load({ isRoot: true })).stateDir).to.equal('/var/lib/mpiswarm');
    expect((await load({ env: { XDG_STATE_HOME: '/state' } })).stateDir).to.equal('/state/mpiswarm');
    expect((await load({ env: { DOCKER_HOST: 'tcp://manager:2375' } })).docker).to.equal(
      'tcp://manager:2375',
    );
    expect((await load({ env: { NO_COLOR: '1' } })).color).to.equal('never');
  });

  it('that are switches are true or false wherever they are given', async () => {
    expect((await load({ flags: { allowPruneAll: 'true' } })).allowPruneAll).to.equal(true);
    expect((await load({ env: { MPISWARM_ALLOW_PRUNE_ALL: 'true' } })).allowPruneAll).to.equal(true);
    expect((await load({ files: { [FILE]: 'allowPruneAll: true\n' } })).allowPruneAll).to.equal(true);
    expect(await refusal({ env: { MPISWARM_ALLOW_PRUNE_ALL: 'yes' } })).to.equal(
      'MPISWARM_ALLOW_PRUNE_ALL: expected true or false, got "yes"',
    );
  });

  it('count from the flag before the variable before the file before the default', async () => {
    const files = { [FILE]: 'tick: 3s\nidleTick: 30s\ngrace: 5s\n' };
    const env = { MPISWARM_TICK: '4s', MPISWARM_IDLE_TICK: '40s' };
    const { tick, idleTick, grace, sessionTimeout } = await load({ files, env, flags: { tick: '500ms' } });
    expect({ tick, idleTick, grace, sessionTimeout }).to.deep.equal({
      tick: 500,
      idleTick: 40_000,
      grace: 5_000,
      sessionTimeout: 10_000,
    });
  });

  it('take an empty variable as not given', async () => {
    expect((await load({ env: { MPISWARM_TICK: '' } })).tick).to.equal(2_000);
  });

  it('come from the file that is named, and from one file only', async () => {
    const files = { [FILE]: 'tick: 3s', '/project/my.yaml': 'grace: 1m', '/x.yaml': 'grace: 2m' };
    const named = await load({ files, config: 'my.yaml', env: { MPISWARM_CONFIG: '/x.yaml' } });
    expect([named.tick, named.grace]).to.deep.equal([2_000, 60_000]);
    expect((await load({ files, env: { MPISWARM_CONFIG: '/x.yaml' } })).grace).to.equal(120_000);
    const own = { '/home/someone/.config/mpiswarm/config.yaml': 'grace: 3s' };
    expect((await load({ files: own })).grace).to.equal(3_000);
    expect(await refusal({ config: 'none.yaml' })).to.equal('--config: no file none.yaml');
  });

  it('take relative paths from where they are written', async () => {
    const files = { [FILE]: 'manifests: jobs' };
    expect((await load({ files })).manifests).to.equal('/etc/mpiswarm/jobs');
    expect((await load({ files, flags: { manifests: 'jobs' } })).manifests).to.equal('/project/jobs');
  });

  it('say where a bad value came from', async () => {
    expect(await refusal({ flags: { tick: 'x' } })).to.equal(
      '--tick: expected a duration such as 2s, got "x"',
    );
    expect(await refusal({ env: { MPISWARM_TICK: '2' } })).to.equal(
      'MPISWARM_TICK: expected a duration such as 2s, got "2"',
    );
    expect(await refusal({ files: { [FILE]: '# mine\nzookeeperPort: 70000\n' } })).to.equal(
      `${FILE}:2: zookeeperPort: expected a port from 1 to 65535, got "70000"`,
    );
    expect(await refusal({ flags: { tick: '1ms' } })).to.contain('at least 100ms');
    expect(await refusal({ flags: { logFormat: 'xml' } })).to.contain('expected text, json, got "xml"');
    expect(await refusal({ flags: { zookeeperRoot: '/' } })).to.contain('--zookeeper-root');
    expect(await refusal({ env: { DOCKER_HOST: 'ssh://host' } })).to.match(
      /^\$DOCKER_HOST: expected unix:.*, got "ssh:\/\/host"$/,
    );
  });

  it('refuse a variable that is misspelt, but leave strangers alone', async () => {
    expect(await refusal({ env: { MPISWARM_TICKS: '1s' } })).to.equal(
      'unknown variable MPISWARM_TICKS, did you mean MPISWARM_TICK?',
    );
    await load({ env: { MPISWARM_NODES_OF_MY_LAB: '3' } });
  });

  it('take the credential from a file, and never show it', async () => {
    const files = { '/project/auth': 'admin:secret\n', '/project/bad': 'secret-without-user' };
    expect((await load({ files, flags: { zookeeperAuthFile: 'auth' } })).zookeeperAuth).to.equal(
      'admin:secret',
    );
    expect(await refusal({ files, flags: { zookeeperAuthFile: 'bad' } })).to.not.contain(
      'secret-without-user',
    );
    expect(await refusal({ env: { MPISWARM_ZOOKEEPER_AUTH: 'hunter2' } })).to.equal(
      'MPISWARM_ZOOKEEPER_AUTH: expected USER:PASSWORD',
    );
    expect(await refusal({ files, flags: { zookeeperAuthFile: 'auth', zookeeperAuth: 'a:b' } })).to.contain(
      'got both',
    );
  });
});

describe('a configuration file', () => {
  const fault = (text: string) => refusal({ files: { [FILE]: text } });

  it('may be empty', async () => {
    expect((await load({ files: { [FILE]: '# nothing yet\n' } })).tick).to.equal(2_000);
  });

  it('is refused for an unknown key, with the line and what may have been meant', async () => {
    expect(await fault('tick: 1s\nzookeper: zk:2181\n')).to.equal(
      `${FILE}:2: unknown setting zookeper, did you mean zookeeper?`,
    );
    expect(await fault('idle-tick: 1s\n')).to.contain('did you mean idleTick?');
    expect(await fault('nonsense: 1\n')).to.contain('expected one of manifests, docker');
  });

  it('is refused with the line for what is no mapping of plain values', async () => {
    expect(await fault('- tick\n')).to.equal(`${FILE}:1: expected a mapping of settings`);
    expect(await fault('tick: 1s\ngrace: [1s]\n')).to.equal(`${FILE}:2: grace must be a single value`);
    expect(await fault('tick: 1s\ntick: 2s\n')).to.match(/config\.yaml:\d: map keys must be unique/);
    expect(await fault('tick: "1s\n')).to.match(/config\.yaml:\d: missing closing/);
  });

  it('is refused when it is far too long to be one', async () => {
    expect(await fault(`#${'x'.repeat(70_000)}`)).to.contain('at most 65536 characters');
  });
});
