import { expect } from 'chai';
import { packageName } from '../../../controller/core/desired/package.js';
import { unusedPackages } from '../../../controller/core/gc/packages.js';
import { LABEL } from '../../../controller/core/model/names.js';
import type { JobRecord, RunStatus } from '../../../controller/core/model/record.js';
import type { Delivery, PackageView } from '../../../controller/core/model/world.js';
import type { RunView } from '../../../controller/core/observed/run-view.js';
import { bare, currentRun, factsOf, INSTALLATION, job, NOW, planOf, record, view } from '../build.js';

const CONTENT = { sha256: 'a'.repeat(64), bytes: 2_500_000 };
const NAME = packageName(INSTALLATION.id, CONTENT);

const of: JobRecord = { ...record(), manifest: job({ package: 'hello.jar' }), package: CONTENT };

function server(parts: Partial<PackageView> = {}): PackageView {
  const labels = { [LABEL.installation]: INSTALLATION.id, [LABEL.content]: CONTENT.sha256 };
  return { id: 'p', name: NAME, labels, serves: true, networks: ['mesos-overlay'], ...parts };
}

/** A run with a package, before it has containers. */
function unstarted(packages: readonly PackageView[], delivery: Delivery = { state: 'idle' }): RunView {
  return { ...view({ record: of, swarm: world => ({ ...bare(world), configs: [], packages }) }), delivery };
}

const offers = (of: RunView) =>
  planOf(of)
    .flat()
    .flatMap(command => (command.do === 'offer-package' ? [command.want] : []));

describe('the package of a run', () => {
  it('has a name that is the same for the same content in one installation only', () => {
    const other = packageName(INSTALLATION.id, { sha256: 'b'.repeat(64), bytes: 1 });
    const elsewhere = packageName('another', CONTENT);
    expect(new Set([NAME, other, elsewhere])).to.have.length(3);
    expect(NAME).to.match(/^mpiswarm-package-[0-9a-f]{16}$/);
  });

  it('is offered once, before there are containers', () => {
    expect(offers(unstarted([]))).to.deep.equal([
      {
        name: NAME,
        labels: {
          [LABEL.installation]: INSTALLATION.id,
          [LABEL.part]: 'package',
          [LABEL.content]: CONTENT.sha256,
        },
        content: CONTENT,
        file: 'ring.yaml',
        path: 'hello.jar',
        network: 'mesos-overlay',
      },
    ]);
    expect(offers(unstarted([], { state: 'sending' }))).to.deep.equal([]);
  });

  it('is offered again after a failure when its pause is over', () => {
    const failed = (retryAt: number) => unstarted([], { state: 'failed', error: 'disk full', retryAt });
    expect(offers(failed(NOW + 1))).to.have.length(0);
    expect(offers(failed(NOW))).to.have.length(1);
    expect(offers(failed(NOW + 30_000))).to.have.length(0);
    expect(offers(failed(NOW + 30_001)), 'the clock was set back').to.have.length(1);
    expect(factsOf(failed(NOW)).reasons.networked).to.deep.equal([
      { reason: 'PackageUnavailable', message: 'package hello.jar: disk full' },
    ]);
  });

  const missing: readonly (readonly [string, readonly PackageView[]])[] = [
    ['nothing serves it', []],
    ['it is not all there', [server({ serves: false })]],
    ['it is served on another network', [server({ networks: ['other'] })]],
    [
      'another content is served',
      [server({ name: packageName(INSTALLATION.id, { ...CONTENT, sha256: 'b' }) })],
    ],
  ];
  for (const [what, packages] of missing) {
    it(`is not there while ${what}, and no container is made`, () => {
      const seen = unstarted(packages);
      expect(factsOf(seen).reasons.networked.map(({ reason }) => reason)).to.deep.equal([
        'PackageDistributing',
      ]);
      expect(
        planOf(seen)
          .flat()
          .map(command => command.do),
      ).to.deep.equal(['offer-package']);
    });
  }

  it('is not reported once it is served in the run’s network', () => {
    const seen = unstarted([server()]);
    expect(factsOf(seen).reasons.networked).to.deep.equal([]);
    const plan = planOf(seen)
      .flat()
      .map(command => command.do);
    expect(plan).to.include('create-service');
  });

  it('is what a silent agent may still be fetching', () => {
    const silent = view({
      record: of,
      swarm: world => ({ ...world, packages: [server()] }),
      znodes: znodes => ({ ...znodes, registrations: znodes.registrations.slice(0, 1) }),
    });
    expect(factsOf(silent).reasons['ssh-ready']).to.deep.equal([
      {
        reason: 'PackageDistributing',
        message: 'worker 1: its agent has not reported yet; first it gets package hello.jar',
        about: 'worker 1',
      },
    ]);
  });

  it('delays the start while a worker or the launcher waits for it, and says which and why', () => {
    const why = 'cannot fetch the package from x:2080: HTTP 503';
    const worker = view({
      znodes: znodes => ({
        ...znodes,
        registrations: znodes.registrations.map(r => (r.index === 1 ? { ...r, waiting: why } : r)),
      }),
    });
    const seen = factsOf(worker);
    expect(seen.reasons['ssh-ready']).to.deep.equal([
      { reason: 'PackageDistributing', message: `worker 1: ${why}`, about: 'worker 1' },
    ]);
    expect(seen.reasons.registered).to.deep.equal([
      { reason: 'NotRegistered', message: 'worker 1 is not registered', about: 'worker 1' },
    ]);
    const plan = planOf(worker).flat();
    expect(plan.filter(command => command.do === 'create-start')).to.deep.equal([]);
    const launcher = view({
      znodes: ({ launcher, ...znodes }) => ({
        ...znodes,
        ...(launcher ? { launcher: { ...launcher, waiting: why } } : {}),
      }),
    });
    expect(factsOf(launcher).reasons['ssh-ready']).to.deep.equal([
      { reason: 'PackageDistributing', message: `launcher: ${why}`, about: 'launcher' },
    ]);
  });
});

describe('a package server', () => {
  const withRun = (run: Partial<RunStatus>): JobRecord => ({
    ...of,
    status: { ...of.status, runs: [{ ...currentRun(of), ...run }] },
  });
  const spare = (records: readonly JobRecord[], packages = [server()]) =>
    unusedPackages({ packages }, records, INSTALLATION).map(({ name }) => name);

  it('is needed by a run until it starts', () => {
    expect(spare([withRun({})])).to.deep.equal([]);
    expect(spare([withRun({ startedAt: NOW })])).to.deep.equal([NAME]);
    expect(spare([withRun({ outcome: 'Failed' })])).to.deep.equal([NAME]);
    expect(spare([withRun({ startedAt: NOW }), withRun({})])).to.deep.equal([]);
  });

  it('is spare if no job names its package', () => {
    expect(spare([])).to.deep.equal([NAME]);
    expect(spare([record()])).to.deep.equal([NAME]);
  });

  it('is ignored if it belongs to another installation', () => {
    expect(spare([], [server({ labels: { [LABEL.installation]: 'another' } })])).to.deep.equal([]);
  });
});
