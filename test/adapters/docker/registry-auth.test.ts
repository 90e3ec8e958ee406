import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { registryAuth } from '../../../controller/adapters/docker/registry-auth.js';
import { DockerSwarm } from '../../../controller/adapters/swarm/swarm.js';
import type { ServiceSpec } from '../../../controller/core/model/specs.js';
import { PortError } from '../../../controller/ports/errors.js';
import { authOf, type ConfigFolder, makeConfigFolder } from '../images/config-folder.js';
import { failureOf } from '../images/failure.js';

const IMAGE = 'registry:5000/team/app:1';
const HUB = 'https://index.docker.io/v1/';
const ANNA = { username: 'anna', password: 's3cret', serveraddress: 'registry:5000' };

describe('credentials for a registry', () => {
  let folder: ConfigFolder;
  beforeEach(async () => {
    folder = await makeConfigFolder();
  });
  afterEach(() => folder.remove());

  it('are none where there is no configuration', async () => {
    expect(await registryAuth(IMAGE)).to.deep.equal({});
  });

  it('are none where the configuration says nothing of this registry', async () => {
    await folder.config({ auths: { 'other:5000': authOf('anna', 's3cret'), 'registry:5000': {} } });
    expect(await registryAuth(IMAGE)).to.deep.equal({});
    await folder.config({});
    expect(await registryAuth(IMAGE)).to.deep.equal({});
  });

  it('are looked for in the folder that DOCKER_CONFIG names at the time', async () => {
    await folder.config({ auths: { 'registry:5000': authOf('anna', 's3cret') } });
    const other = await makeConfigFolder();
    try {
      expect(await registryAuth(IMAGE)).to.deep.equal({});
      process.env['DOCKER_CONFIG'] = folder.path;
      expect(await registryAuth(IMAGE)).to.deep.equal(ANNA);
    } finally {
      await other.remove();
    }
  });

  for (const key of ['registry:5000', 'https://registry:5000', 'http://registry:5000/v1/']) {
    it(`are found under the key ${key}`, async () => {
      await folder.config({ auths: { [key]: authOf('anna', 's3cret') } });
      expect(await registryAuth(IMAGE)).to.deep.equal(ANNA);
    });
  }

  for (const image of ['app', 'team/app:1', 'docker.io/team/app', 'index.docker.io/team/app']) {
    it(`are those of Docker Hub for ${image}`, async () => {
      await folder.config({ auths: { [HUB]: authOf('anna', 's3cret') } });
      expect(await registryAuth(image)).to.deep.equal({ ...ANNA, serveraddress: HUB });
    });
  }

  it('keep colons in the password, and drop the zeros that pad it', async () => {
    await folder.config({ auths: { 'registry:5000': authOf('anna', 'a:b:c\0\0') } });
    expect(await registryAuth(IMAGE)).to.deep.equal({ ...ANNA, password: 'a:b:c' });
  });

  it('are the identity token where there is one', async () => {
    await folder.config({
      auths: { 'registry:5000': { ...authOf('anna', 's3cret'), identitytoken: 'tok' } },
    });
    expect(await registryAuth(IMAGE)).to.deep.equal({
      identitytoken: 'tok',
      serveraddress: 'registry:5000',
    });
  });

  it('are not asked for where an image is named by its id', async () => {
    await folder.config('{');
    expect(await registryAuth(`sha256:${'a'.repeat(64)}`)).to.deep.equal({});
  });

  describe('from a helper', () => {
    it('are user and password', async () => {
      await folder.config({ credHelpers: { 'registry:5000': 'ours' }, credsStore: 'absent' });
      await folder.helper(
        'ours',
        `read -r server; echo '{"ServerURL":"'$server'","Username":"'$server'","Secret":"pw"}'`,
      );
      expect(await registryAuth(IMAGE)).to.deep.equal({
        username: 'registry:5000',
        password: 'pw',
        serveraddress: 'registry:5000',
      });
    });

    it('are asked for with the word get, and under the name of the Hub that docker login uses', async () => {
      await folder.config({ credsStore: 'ours' });
      await folder.helper('ours', `read -r server; echo '{"Username":"'$1' '$server'","Secret":"pw"}'`);
      expect((await registryAuth('debian')).username).to.equal(`get ${HUB}`);
    });

    it('are an identity token where it says so', async () => {
      await folder.config({ credsStore: 'ours', auths: { 'registry:5000': authOf('anna', 's3cret') } });
      await folder.helper('ours', `echo '{"Username":"<token>","Secret":"tok"}'`);
      expect(await registryAuth(IMAGE)).to.deep.equal({
        identitytoken: 'tok',
        serveraddress: 'registry:5000',
      });
    });

    it('are those of the file where it knows nothing', async () => {
      await folder.config({ credsStore: 'ours', auths: { 'registry:5000': authOf('anna', 's3cret') } });
      await folder.helper('ours', 'echo "credentials not found in native keychain"; exit 1');
      expect(await registryAuth(IMAGE)).to.deep.equal(ANNA);
    });

    it('are not asked for on behalf of another registry', async () => {
      await folder.config({ credHelpers: { 'other:5000': 'absent' } });
      expect(await registryAuth(IMAGE)).to.deep.equal({});
    });

    const broken: Readonly<Record<string, readonly [script: string, says: RegExp]>> = {
      'answers text': [
        'echo hush-hush',
        /docker-credential-ours: its answer is not JSON with Username and Secret/,
      ],
      'answers null': ['echo null', /its answer is not JSON with Username and Secret/],
      'leaves the secret out': [
        `echo '{"Username":"hush-hush"}'`,
        /its answer is not JSON with Username and Secret/,
      ],
      'says nothing': ['true', /its answer is not JSON with Username and Secret/],
      'fails with words': [
        'echo keyring is locked; exit 1',
        /docker-credential-ours: keyring is locked \(asked for registry:5000\)/,
      ],
      'fails with words on standard error': [
        'echo no display >&2; exit 1',
        /docker-credential-ours: no display/,
      ],
      'fails without words': ['exit 3', /docker-credential-ours: Command failed/],
    };
    for (const [how, [script, says]] of Object.entries(broken)) {
      it(`are an error, not none, where it ${how}`, async () => {
        await folder.config({ credsStore: 'ours' });
        await folder.helper('ours', script);
        const { message } = await failureOf(registryAuth(IMAGE));
        expect(message).to.match(says);
        expect(message).not.to.contain('hush-hush');
      });
    }

    it('are an error where there is no such program', async () => {
      await folder.config({ credsStore: 'absent' });
      expect((await failureOf(registryAuth(IMAGE))).message).to.equal(
        'docker-credential-absent: no such program on the PATH (asked for registry:5000)',
      );
    });

    it('are an error where the program may not be run', async () => {
      await folder.config({ credsStore: 'ours' });
      await folder.helper('ours', 'true');
      await chmod(join(folder.path, 'docker-credential-ours'), 0o644);
      expect((await failureOf(registryAuth(IMAGE))).message).to.match(/docker-credential-ours: .*EACCES/);
    });

    it('do no harm where it ends without reading what it is asked', async () => {
      await folder.config({ credsStore: 'ours' });
      await folder.helper('ours', `exec <&-; echo '{"Username":"anna","Secret":"pw"}'`);
      for (let i = 0; i < 20; i++) expect((await registryAuth(IMAGE)).username).to.equal('anna');
    });
  });

  describe('in a broken configuration', () => {
    const broken: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
      'that is cut off': ['{"auths": {"registry:5000": {"auth": "aHVzaC1odXNo', /not JSON/],
      'that is empty': ['', /not JSON \(.*end of JSON input\)/],
      'that is not JSON': ['auth=hush-hush', /not JSON/],
      'that is a list': ['[]', /must be a JSON object/],
      'that is null': ['null', /must be a JSON object/],
      'with a list of credentials': ['{"auths": []}', /auths must be an object/],
      'with a text for an entry': [
        '{"auths": {"registry:5000": "hush-hush"}}',
        /auths registry:5000 must be an object/,
      ],
      'with a number for credentials': [
        '{"auths": {"registry:5000": {"auth": 5}}}',
        /auths registry:5000 auth must be a string/,
      ],
      'with credentials of no user': [
        JSON.stringify({ auths: { 'registry:5000': { auth: Buffer.from('hush-hush').toString('base64') } } }),
        /auth of registry:5000 must be user:password in base64/,
      ],
      'with a number for a helper': [
        '{"credHelpers": {"registry:5000": 5}}',
        /credHelpers must be an object of strings/,
      ],
      'with a list of helpers': ['{"credsStore": ["a"]}', /credsStore must be a string/],
    };
    for (const [how, [text, says]] of Object.entries(broken)) {
      it(`${how} are an error that names the file and no secret`, async () => {
        await folder.config(text);
        const { message } = await failureOf(registryAuth(IMAGE));
        expect(message).to.match(says);
        expect(message).to.contain(`docker configuration ${folder.path}/config.json: `);
        expect(message).not.to.match(/hush|aHVz/);
      });
    }

    it('that cannot be read are an error that names the file', async () => {
      await mkdir(join(folder.path, 'config.json'));
      expect((await failureOf(registryAuth(IMAGE))).message).to.match(/config\.json: EISDIR/);
    });

    it('keep a service from being created, in words, and not the controller from running', async () => {
      await folder.config('{');
      const swarm = new DockerSwarm(engineClient('unix:///nowhere/docker.sock'), {
        embeddedZooKeeper: false,
        registryAuth,
      });
      const error = await failureOf(swarm.createService(service(IMAGE)));
      expect(error).to.be.instanceOf(PortError);
      expect((error as PortError).kind).to.equal('blocked');
      expect(error.message).to.match(
        /^create service ring: docker configuration .*config\.json: not JSON \(.*position 1.*\)$/,
      );
    });

    it('do not concern a service that asks no registry', async () => {
      await folder.config('{');
      const swarm = new DockerSwarm(engineClient('unix:///nowhere/docker.sock'), {
        embeddedZooKeeper: false,
        registryAuth,
      });
      const error = await failureOf(swarm.createService({ ...service(IMAGE), withRegistryAuth: false }));
      expect(error.message).to.match(/^create service ring: connect ENOENT/);
    });
  });
});

function service(image: string): ServiceSpec {
  return {
    name: 'ring',
    labels: {},
    image,
    withRegistryAuth: true,
    command: ['true'],
    env: {},
    mode: { kind: 'replicated', replicas: 1 },
    restart: 'none',
    networks: [],
    mounts: [],
    secrets: [],
    configs: [],
    constraints: [],
    spread: [],
    resources: {},
    stopGraceMs: 1_000,
  };
}
