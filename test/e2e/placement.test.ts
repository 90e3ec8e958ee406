import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { listWords } from '../../controller/shared/list-words.js';
import { DOCKER } from './support/installation.js';
import { manifest } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const MODES = ['Dedicated', 'Worker0'] as const;

interface SwarmNode {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Labels?: Readonly<Record<string, string>> };
  readonly Description: { readonly Hostname: string };
}

describe('the workers of a job, on three nodes @full', function () {
  this.timeout(150_000);
  const docker = engineClient(DOCKER);
  let mpiswarm: SharedInstallation;
  let hostnames: readonly string[] = [];
  let ended: Ended;

  before(async () => {
    hostnames = (await nodes()).map(({ Description }) => Description.Hostname);
    mpiswarm = await sharedInstallation('placement');
    const [first = '', , third = ''] = hostnames;
    const mapped = MODES.flatMap(mode => [
      [`same-${mode.toLowerCase()}`, 'AllSameNode', mode] as const,
      [`apart-${mode.toLowerCase()}`, 'AllSeparateNodes', mode] as const,
    ]);
    ended = together(mpiswarm, {
      named: text('named', { nodes: [first, third] }, { replicas: 4 }),
      ...Object.fromEntries(mapped.map(([name, mapping, mode]) => [name, text(name, { mapping }, { mode })])),
    });
  });

  after(async () => {
    await mpiswarm.close();
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

  function text(name: string, placement: Placement, { replicas = 3, mode = 'Dedicated' }: Ask = {}): string {
    const spec = { imagePullPolicy: 'Never', launcher: { mode } };
    return manifest(name, { workers: { replicas, placement }, spec });
  }

  async function drop(name: string, placement: Placement, ask?: Ask): Promise<string> {
    await mpiswarm.drop(`${name}.yaml`, text(name, placement, ask));
    return `default/${name}`;
  }

  /** Host names of the nodes of workers 0, 1, …, where their ranks ran. */
  function where({ status }: JobRecord): readonly string[] {
    expect(status.outcome, status.message).to.equal('Succeeded');
    return (status.runs.at(-1)?.placement ?? []).map(([, node]) => node);
  }

  it('are only on the nodes that their job names', async () => {
    const [first = '', , third = ''] = hostnames;
    const record = await ended('named');
    expect(new Set(where(record))).to.deep.equal(new Set([first, third]));
  });

  it('are in the racks that their job names, by the labels of the nodes', async () => {
    const [first = '', second = '', third = ''] = hostnames;
    await label(first, { rack: 'r1' });
    await label(second, { rack: 'r2' });
    await label(third, { 'mpiswarm.dev/rack': 'r3' });
    const record = await mpiswarm.waitDone(await drop('racks', { racks: ['r2', 'r3'] }, { replicas: 4 }));
    expect(new Set(where(record))).to.deep.equal(new Set([second, third]));
  });

  it('wait with a reason while no node suits them, and start when one does', async () => {
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

  for (const mode of MODES) {
    it(`are all on one node if their job requests that, launcher ${mode}`, async () => {
      const record = await ended(`same-${mode.toLowerCase()}`);
      const found = where(record);
      expect(found).to.have.length(3);
      expect(new Set(found).size).to.equal(1);
      const chosen = (await nodes()).find(({ ID }) => ID === record.status.runs[0]?.nodes?.['workers']);
      expect(chosen?.Description.Hostname).to.equal(found[0]);
    });

    it(`are on separate nodes if their job requests that, launcher ${mode}`, async () => {
      expect([...where(await ended(`apart-${mode.toLowerCase()}`))].sort()).to.deep.equal(hostnames);
    });
  }

  it('wait for separate nodes while there are too few, and run when their job requests fewer', async () => {
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
