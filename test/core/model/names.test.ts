import { expect } from 'chai';
import {
  agentName,
  installationId,
  launcherName,
  runId,
  runPrefix,
  workersName,
} from '../../../controller/core/model/names.js';

/** Docker Swarm: names of services, secrets and configs, https://docs.docker.com/reference/cli/docker/service/create/. */
const LIMIT = 63;

describe('the names of the parts of a run', () => {
  const longest = runId('n'.repeat(40), '0123abcd', 9_999);

  it('keep within what Docker allows, for the longest job name and 9,999 runs', () => {
    for (const name of [longest, launcherName(longest), workersName(longest), agentName('abcdefabcdef')]) {
      expect(name.length, name).to.be.at.most(LIMIT);
      expect(name).to.match(/^[a-zA-Z0-9]([a-zA-Z0-9_-]*[a-zA-Z0-9])?$/);
    }
  });

  it('differ between runs of one job, and between jobs of one name', () => {
    const ids = [runId('a', '00000001', 1), runId('a', '00000001', 2), runId('a', '00000002', 1)];
    expect(new Set(ids).size).to.equal(3);
    expect(runId('a', '00000001', 12).startsWith(runPrefix('a', '00000001'))).to.equal(true);
  });
});

describe('the name of an installation', () => {
  it('names its ZooKeeper servers, in whichever order they are given', () => {
    expect(installationId('zk2:2181,zk1:2181', '/mpiswarm')).to.equal('zk1:2181,zk2:2181/mpiswarm');
    expect(installationId('zk1:2181,zk2:2181', '/mpiswarm')).to.equal('zk1:2181,zk2:2181/mpiswarm');
  });

  it('differs between two roots of one ZooKeeper, and between embedded ones of two nodes', () => {
    const ids = [
      installationId('zk:2181', '/a'),
      installationId('zk:2181', '/b'),
      installationId('zk:2181', '/a', 'node-1'),
      installationId('zk:2181', '/a', 'node-2'),
    ];
    expect(ids[2]).to.equal('zk:2181@node-1/a');
    expect(new Set(ids).size).to.equal(4);
  });
});
