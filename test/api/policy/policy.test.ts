import { expect } from 'chai';
import { parsePolicy } from '../../../controller/api/policy/policy.js';
import { policyRefusals } from '../../../controller/api/policy/refusals.js';
import { job } from '../../core/build.js';

type Spec = NonNullable<Parameters<typeof job>[0]>;

const problem = (text: string): string => {
  const parsed = parsePolicy(text, 'policy.yaml');
  if (parsed.ok) throw new Error('the policy is right');
  return parsed.problem;
};

/** What the rule says of a job of namespace default. */
function refusals(rule: string, spec: Spec = {}, file = 'team/ring.yaml'): readonly string[] {
  const parsed = parsePolicy(`default:\n  ${rule}\n`, 'policy.yaml');
  if (!parsed.ok) throw new Error(parsed.problem);
  return policyRefusals(job(spec), file, parsed.policy).map(one =>
    one.replace('policy of namespace default: ', ''),
  );
}

describe('a policy', () => {
  it('may say nothing, and then no namespace may be used', () => {
    const parsed = parsePolicy('', 'policy.yaml');
    expect(parsed.ok, parsed.ok ? '' : parsed.problem).to.equal(false);
    const empty = parsePolicy('namespaces: {}\n', 'policy.yaml');
    if (!empty.ok) throw new Error(empty.problem);
    expect(policyRefusals(job(), 'ring.yaml', empty.policy)).to.deep.equal([
      'the policy names no namespace default, and gives no default',
    ]);
  });

  it('is for each namespace by its name, and for others by default', () => {
    const parsed = parsePolicy(
      'namespaces: {default: {maxWorkers: 9}}\ndefault: {maxWorkers: 1}\n',
      'policy.yaml',
    );
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(policyRefusals(job(), 'ring.yaml', parsed.policy)).to.deep.equal([]);
    const other = { ...job(), metadata: { ...job().metadata, namespace: 'constructor' } };
    expect(policyRefusals(other, 'ring.yaml', parsed.policy)).to.deep.equal([
      'policy of namespace constructor: the job has 2 workers, the policy allows 1',
    ]);
  });

  it('that is wrong says where and what', () => {
    expect(problem('namespaces: [')).to.match(/^policy\.yaml:\d+: /);
    expect(problem('namespaces:\n  a:\n    maxWorkers: 0\n')).to.equal(
      'policy.yaml:3: namespaces.a.maxWorkers must be at least 1',
    );
    expect(problem('namespaces:\n  a:\n    image: [x]\n')).to.match(
      /^policy\.yaml:3: namespaces\.a\.image is no key of a policy; there are folder, images/,
    );
    expect(problem('default:\n  maxMemory: 1GB\n')).to.match(
      /^policy\.yaml:2: default\.maxMemory must be a memory quantity/,
    );
    expect(problem('default:\n  folder: ../etc\n')).to.match(
      /^policy\.yaml:2: default\.folder must be a folder below/,
    );
    expect(problem('default:\n  users: 1000\n')).to.match(/^policy\.yaml:2: default\.users must be a list/);
    expect(problem('default: *a\n')).to.match(/^policy\.yaml:1: /);
  });
});

describe('a manifest', () => {
  it('may have everything that no rule is about', () => {
    expect(refusals('maxWorkers: 2')).to.deep.equal([]);
  });

  it('must have an image of the list, whatever its registry is called', () => {
    const images = 'images: ["ubuntu*", "hub.example/team/*", "mpiswarm/ring:1"]';
    for (const image of [
      'ubuntu:24.04',
      'docker.io/library/ubuntu',
      `hub.example/team/a@sha256:${'0'.repeat(64)}`,
      'mpiswarm/ring:1',
    ])
      expect(refusals(images, { image }), image).to.deep.equal([]);
    for (const image of [
      'ubuntu.evil.example/x',
      'hub.example/other/a',
      'mpiswarm/ring:12',
      'evil/ubuntu',
      'localhost/ubuntu',
    ])
      expect(refusals(images, { image }), image).to.have.length(1);
    expect(refusals('images: []', { image: 'ubuntu' })).to.deep.equal([
      'spec.image is docker.io/library/ubuntu, the policy allows no images',
    ]);
    expect(refusals('images: ["*"]', { image: 'a/b' })).to.deep.equal([]);
  });

  it('must name a user of the list; without one it is root', () => {
    expect(refusals('users: ["1000"]', { workers: { user: '1000' } })).to.deep.equal([]);
    expect(refusals('users: ["1000"]')).to.deep.equal([
      'spec.workers.user is root, the policy allows users 1000',
    ]);
  });

  it('must mount volumes of the list, and be on a network of it', () => {
    const volumes = [{ name: 'theirs', mountPath: '/data' }] as never;
    expect(refusals('volumes: ["team-*"]', { workers: { volumes } })).to.deep.equal([
      'spec.workers.volumes is theirs, the policy allows volumes team-*',
    ]);
    expect(refusals('networks: [team]')).to.deep.equal([
      'spec.network.name is mesos-overlay, the policy allows networks team',
    ]);
  });

  it('must not ask for more than there may be, with limits for all of it', () => {
    expect(refusals('maxWorkers: 1')).to.deep.equal(['the job has 2 workers, the policy allows 1']);
    const limits = (cpu: string, memory: string) => {
      const resources = { limits: { cpu, memory } };
      return { workers: { resources }, launcher: { resources } } as Spec;
    };
    expect(refusals('maxCpu: 3', limits('1', '1Gi'))).to.deep.equal([]);
    expect(refusals('maxCpu: 2', limits('1', '1Gi'))).to.deep.equal([
      'the limits of all containers together are more cpu than the 2 that the policy allows',
    ]);
    expect(refusals('maxMemory: 2Gi', limits('1', '1Gi'))[0]).to.match(/more memory than the 2Gi/);
    expect(refusals('maxMemory: 2Gi')[0]).to.match(
      /^resources\.limits\.memory must be given for each container/,
    );
  });

  it('must end in time, and must not write too much', () => {
    expect(refusals('maxSeconds: 60', { runPolicy: { activeDeadlineSeconds: 60 } })).to.deep.equal([]);
    expect(refusals('maxSeconds: 60')[0]).to.match(
      /activeDeadlineSeconds is not given, the policy asks for 60 or less/,
    );
    expect(refusals('maxSeconds: 60', { runPolicy: { activeDeadlineSeconds: 61 } })[0]).to.match(/is 61/);
    expect(refusals('maxOutput: 512Mi')[0]).to.match(/outputLimit is 1Gi, the policy allows 512Mi/);
  });

  it('must lie in the folder of its namespace', () => {
    expect(refusals('folder: team')).to.deep.equal([]);
    expect(refusals('folder: team', {}, 'team2/ring.yaml')).to.deep.equal([
      'manifests must be in folder team/, not in team2/ring.yaml',
    ]);
    expect(refusals('folder: team', {}, '../team/ring.yaml')).to.have.length(1);
  });
});
