import { expect } from 'chai';
import type Docker from 'dockerode';
import { ensureZooKeeper } from '../../../controller/adapters/setup/zookeeper-container.js';
import { LABEL } from '../../../controller/core/model/names.js';

const GIB = 2 ** 30;

interface Made {
  readonly Env?: readonly string[];
  readonly HostConfig?: { readonly PortBindings: object };
}

/** An engine of a machine with 16 GiB, where a container of ours may be there. */
function engine(there?: { readonly Env: readonly string[] }) {
  const made: Made[] = [];
  const bindings = { PortBindings: { '2181/tcp': [{ HostIp: '127.0.0.1', HostPort: '2190' }] } };
  const docker = {
    info: async () => ({ MemTotal: 16 * GIB }),
    createVolume: async () => undefined,
    createContainer: async (options: Made) => made.push(options),
    getContainer: () => ({
      start: async () => undefined,
      inspect: async () => {
        if (!there) throw Object.assign(new Error('no such container'), { statusCode: 404 });
        return { Config: { Labels: { [LABEL.part]: 'zookeeper' }, Env: there.Env }, HostConfig: bindings };
      },
    }),
  };
  return { docker: docker as unknown as Docker, made };
}

const wanted = { image: 'mpiswarm/zookeeper:test', port: 2181 };

describe('the container of the embedded ZooKeeper', () => {
  it('is made with a heap by the machine’s memory, for this machine alone', async () => {
    const { docker, made } = engine();
    expect(await ensureZooKeeper(docker, wanted)).to.deep.equal({ port: 2181, heapBytes: 4 * GIB });
    expect(made[0]?.Env).to.deep.equal(['JDK_JAVA_OPTIONS=-Xmx4096m']);
    expect(made[0]?.HostConfig?.PortBindings).to.deep.equal({
      '2181/tcp': [{ HostIp: '127.0.0.1', HostPort: '2181' }],
    });
  });

  it('is made with the heap that is asked for', async () => {
    const { docker, made } = engine();
    expect((await ensureZooKeeper(docker, { ...wanted, heapBytes: GIB })).heapBytes).to.equal(GIB);
    expect(made[0]?.Env).to.deep.equal(['JDK_JAVA_OPTIONS=-Xmx1024m']);
  });

  it('stays as it is where there is one', async () => {
    const { docker, made } = engine({ Env: ['JDK_JAVA_OPTIONS=-Xmx512m'] });
    const known = await ensureZooKeeper(docker, { ...wanted, heapBytes: GIB });
    expect(known).to.deep.equal({ port: 2190, heapBytes: GIB / 2 });
    expect(made).to.deep.equal([]);
  });
});
