import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { listWords } from '../../controller/shared/list-words.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { manifest } from './support/manifest.js';

interface SwarmNode {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Labels?: Readonly<Record<string, string>> };
  readonly Description: { readonly Hostname: string };
}

describe('where the workers of a job are put, on three nodes', function () {
  this.timeout(150_000);
  const docker = engineClient(DOCKER);
  let mpiswarm: TestInstallation;
  let hostnames: readonly string[] = [];

  before(async () => {
    hostnames = (await nodes()).map(({ Description }) => Description.Hostname);
    mpiswarm = await TestInstallation.create();
    await mpiswarm.start();
  });

  after(async () => {
    await mpiswarm.destroy();
    for (const hostname of hostnames) await label(hostname, {});
  });

  async function nodes(): Promise<readonly SwarmNode[]> {
    const found = (await docker.listNodes()) as unknown as readonly SwarmNode[];
    return [...found].sort((a, b) => (a.Description.Hostname < b.Description.Hostname ? -1 : 1));
  }

  /** Gives the node these labels and no others. */
  async function label(hostname: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const node = (await nodes()).find(({ Description }) => Description.Hostname === hostname);
    if (!node) throw new Error(`no node ${hostname}`);
    const body = { version: node.Version.Index, ...node.Spec, Labels: labels };
    await docker.getNode(node.ID).update(body);
  }

  type Placement = Readonly<Record<string, unknown>>;
  interface Ask {
    readonly replicas?: number;
    readonly mode?: 'Dedicated' | 'Worker0';
  }

  async function drop(name: string, placement: Placement, { replicas = 3, mode }: Ask = {}) {
    const spec = { imagePullPolicy: 'Never', launcher: { mode: mode ?? 'Dedicated' } };
    await mpiswarm.drop(`${name}.yaml`, manifest(name, { workers: { replicas, placement }, spec }));
    return `default/${name}`;
  }

  /** Host names of the nodes of workers 0, 1, …, where their ranks ran. */
  function where({ status }: JobRecord): readonly string[] {
    expect(status.outcome, status.message).to.equal('Succeeded');
    return (status.runs.at(-1)?.placement ?? []).map(([, node]) => node);
  }

  it('is on any of the nodes that it names, and on no other', async () => {
    const [first = '', , third = ''] = hostnames;
    const record = await mpiswarm.waitDone(await drop('named', { nodes: [first, third] }, { replicas: 4 }));
    expect(new Set(where(record))).to.deep.equal(new Set([first, third]));
  });

  it('is on any of the racks that it names, by the label of the nodes', async () => {
    const [first = '', second = '', third = ''] = hostnames;
    await label(first, { rack: 'r1' });
    await label(second, { rack: 'r2' });
    await label(third, { 'mpiswarm.dev/rack': 'r3' });
    const record = await mpiswarm.waitDone(await drop('racks', { racks: ['r2', 'r3'] }, { replicas: 4 }));
    expect(new Set(where(record))).to.deep.equal(new Set([second, third]));
  });

  it('waits with a reason while no node suits it, and starts when one does', async () => {
    const [first = ''] = hostnames;
    const key = await drop('nowhere', { racks: ['r9'] });
    const waiting = await mpiswarm.waitFor(key, ({ status }) =>
      status.waitingOn.some(({ reason }) => reason === 'NoUsableNode'),
    );
    const reason = waiting.status.waitingOn.find(one => one.reason === 'NoUsableNode');
    expect(reason?.message).to.equal('no node is ready and active that has rack r9');
    await label(first, { rack: 'r9' });
    expect(new Set(where(await mpiswarm.waitDone(key)))).to.deep.equal(new Set([first]));
  });

  for (const mode of ['Dedicated', 'Worker0'] as const) {
    it(`is all on one node where it asks for that, launcher ${mode}`, async () => {
      const key = await drop(`same-${mode.toLowerCase()}`, { mapping: 'AllSameNode' }, { mode });
      const record = await mpiswarm.waitDone(key);
      const found = where(record);
      expect(found).to.have.length(3);
      expect(new Set(found).size).to.equal(1);
      const chosen = (await nodes()).find(({ ID }) => ID === record.status.runs[0]?.nodes?.['workers']);
      expect(chosen?.Description.Hostname).to.equal(found[0]);
    });

    it(`is on separate nodes where it asks for that, launcher ${mode}`, async () => {
      const key = await drop(`apart-${mode.toLowerCase()}`, { mapping: 'AllSeparateNodes' }, { mode });
      expect([...where(await mpiswarm.waitDone(key))].sort()).to.deep.equal(hostnames);
    });
  }

  it('waits for separate nodes while there are too few, makes nothing, and runs when it asks for less', async () => {
    const key = await drop('many', { mapping: 'AllSeparateNodes' }, { replicas: 4 });
    const { status } = await mpiswarm.waitFor(key, one => one.status.reason === 'Unschedulable');
    expect(status.message).to.equal(
      'needs 4 workers on separate nodes: even when they are empty, the nodes have room for 3 of the workers, ' +
        `on ${listWords(hostnames)}`,
    );
    expect(status.runs).to.deep.equal([]);
    await drop('many', { mapping: 'AllSeparateNodes' }, { replicas: 3 });
    expect([...where(await mpiswarm.waitDone(key))].sort()).to.deep.equal(hostnames);
  });
});
