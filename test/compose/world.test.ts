import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { zooKeeperHosts } from '../../controller/adapters/state-dir/credential.js';
import { lookAtWorld } from '../../controller/compose/world.js';
import type { Settings } from '../../controller/settings/settings.js';

describe('a look at a world without an engine', () => {
  it('says once, and what to do, that none answers', async () => {
    const settings = { docker: 'unix:///nonexistent/docker.sock' } as Settings;
    const docker = engineClient(settings.docker);
    const connect = async () => {
      throw new Error(`connected to ${await zooKeeperHosts(settings, docker)}`);
    };
    expect(await lookAtWorld(settings, docker, connect)).to.deep.equal({
      problems: [
        'docker engine at unix:///nonexistent/docker.sock: no Docker Engine answers; start it, or name another by --docker',
      ],
    });
  });
});
