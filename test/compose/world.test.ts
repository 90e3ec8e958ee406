import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { zooKeeperHosts } from '../../controller/adapters/state-dir/credential.js';
import { inspectWorld } from '../../controller/compose/world.js';
import { agentName, LABEL } from '../../controller/core/model/names.js';
import { PortError } from '../../controller/ports/errors.js';
import { loadSettings } from '../../controller/settings/load.js';
import type { Settings } from '../../controller/settings/settings.js';
import { cli } from '../cli/fake-ports.js';
import { manifest } from '../loop/scene.js';
import { engineWith } from './engine-with.js';

const AGENT = { image: 'sha256:1', content: 'abcdefabcdef', command: ['/opt/mpiswarm/bin/agent'] };
const noRegistry = async () => {
  throw new PortError('retry', 'no ZooKeeper answers');
};

describe('observing a world without an engine', () => {
  it('says once, and what to do, that none answers', async () => {
    const settings = { docker: 'unix:///nonexistent/docker.sock' } as Settings;
    const docker = engineClient(settings.docker);
    const connect = async () => {
      throw new Error(`connected to ${await zooKeeperHosts(settings, docker)}`);
    };
    expect(await inspectWorld(settings, docker, connect)).to.deep.equal({
      problems: [
        'docker engine at unix:///nonexistent/docker.sock: no Docker Engine answers; start it, or name another by --docker',
      ],
    });
  });
});

describe('observing a world with an engine', () => {
  /** What is planned for a job where the agent of that content is on the nodes. */
  async function planned(installed: string): Promise<string> {
    const labels = { [LABEL.part]: 'agent', [LABEL.agent]: installed };
    const engine = await engineWith([{ kind: 'services', name: agentName(installed), labels }]);
    try {
      const settings = await loadSettings({
        ...{ env: {}, home: '/home/someone', isRoot: true, version: '0.1.0', cwd: '/project' },
        ...{ flags: { docker: engine.url }, readText: async () => undefined },
      });
      const world = await inspectWorld(settings, engineClient(engine.url), noRegistry, async () => AGENT);
      expect(engine.writes).to.deep.equal([]);
      expect(world.problems).to.deep.equal(['no ZooKeeper answers']);
      const { stdout } = await cli(['plan', 'ring.yaml'], {
        files: { '/project/ring.yaml': manifest('ring') },
        world,
      });
      return stdout;
    } finally {
      await engine.close();
    }
  }

  it('knows that what would be installed on the nodes is there', async () => {
    const plan = await planned(AGENT.content);
    expect(plan).to.match(/agent +is installed on the nodes/);
    expect(plan).to.not.include('puts the agent on every node');
  });

  it('knows what would be installed where the nodes have an agent of another version', async () => {
    expect(await planned('000000000000')).to.include(
      `${agentName(AGENT.content)}: puts the agent on every node, from image sha256:1`,
    );
  });
});
