import { expect } from 'chai';
import { formatProblem, parseManifests } from '../../../controller/api/manifest/parse.js';
import { groupOf, groupPath, groupsOf, withList } from '../../../controller/api/types/groups.js';
import type { MPIJob } from '../../../controller/api/types/mpijob.js';
import { groupedJob, job } from '../../core/build.js';
import { groupedManifest } from '../../loop/scene.js';

describe('workers that are a list of groups', () => {
  const two = groupedJob([
    { name: 'gpu', replicas: 1, slots: 4, shmSize: '1Gi' },
    { name: 'cpu', replicas: 3 },
  ]);

  it('are counted through all groups, each with its own settings and defaults', () => {
    const seen = groupsOf(two).map(({ name, first, replicas, slots, shmSize }) => ({
      ...{ name, first, replicas, slots, shmSize },
    }));
    expect(seen).to.deep.equal([
      { name: 'gpu', first: 0, replicas: 1, slots: 4, shmSize: '1Gi' },
      { name: 'cpu', first: 1, replicas: 3, slots: 1, shmSize: '256Mi' },
    ]);
    expect([0, 1, 3].map(index => groupOf(two, index).name)).to.deep.equal(['gpu', 'cpu', 'cpu']);
  });

  it('are summed up for what is asked of all, and are like the first group for the launcher', () => {
    const { replicas, slots, shmSize } = two.spec.workers;
    expect({ replicas, slots, shmSize }).to.deep.equal({ replicas: 4, slots: 4, shmSize: '1Gi' });
  });

  it('are written back as the original list', () => {
    const { spec } = withList(two) as { readonly spec: { readonly workers: unknown } };
    expect(spec.workers).to.deep.equal(two.spec.workers.groups);
    expect(groupPath(two, 1)).to.deep.equal(['spec', 'workers', 1]);
  });

  it('take scalars as they are written, as workers without a list do', () => {
    const text = `{apiVersion: mpiswarm.dev/v1, kind: MPIJob, metadata: {name: a}, spec: {image: i, command: [c],
      workers: [{name: x, replicas: 1, user: 1000, resources: {limits: {cpu: 0.50}}}]}}`;
    const { definitions, problems } = parseManifests(text, 'a.yaml');
    expect(problems.map(formatProblem)).to.deep.equal([]);
    const [group] = groupsOf(definitions[0]?.job?.manifest as MPIJob);
    expect(group?.user).to.equal('1000');
    expect(group?.resources.limits.cpu).to.equal('0.50');
  });
});

describe('volumes of several groups', () => {
  const volume = (more: object) => ({ name: 'data', mountPath: '/data', ...more }) as never;
  const problems = (...volumes: readonly object[]) => {
    const groups = volumes.map((more, i) => ({ name: `g${i}`, replicas: 1, volumes: [volume(more)] }));
    return parseManifests(groupedManifest('ring', groups), 'ring.json').problems.map(
      ({ message }) => message,
    );
  };

  it('are the same volume where they have the same name, so they are made in the same way', () => {
    expect(problems({}, {})).to.deep.equal([]);
    expect(problems({}, { driver: 'other' })).to.deep.equal([
      'spec.workers[1].volumes[0] defines volume "data" with a driver, options or scope other than spec.workers[0].volumes[0], use another name',
    ]);
  });

  it('are different ones where each worker has its own', () => {
    const scope = 'PerWorker';
    expect(problems({ scope }, { scope, driver: 'other' })).to.deep.equal([]);
  });
});

describe('workers that are not a list', () => {
  it('have no field for groups', () => {
    const text =
      '{apiVersion: mpiswarm.dev/v1, kind: MPIJob, metadata: {name: a}, spec: {image: i, command: [c], workers: {replicas: 1, groups: []}}}';
    const [problem] = parseManifests(text, 'a.yaml').problems;
    expect(problem?.message).to.match(/^unknown field spec\.workers\.groups, expected replicas, slots/);
  });

  it('are one group without a name', () => {
    const plain = job({ workers: { replicas: 3, slots: 2 } });
    expect(plain.spec.workers).to.not.have.property('groups');
    expect(withList(plain)).to.equal(plain);
    expect(groupPath(plain, 0)).to.deep.equal(['spec', 'workers']);
    const seen = groupsOf(plain).map(({ name, first, replicas, slots }) => ({
      name,
      first,
      replicas,
      slots,
    }));
    expect(seen).to.deep.equal([{ name: '', first: 0, replicas: 3, slots: 2 }]);
  });
});
