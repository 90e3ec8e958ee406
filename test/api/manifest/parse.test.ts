import { expect } from 'chai';
import { type ParsedFile, parseManifests } from '../../../controller/api/manifest/parse.js';
import { manifest } from '../manifest.js';

describe('manifest text', () => {
  it('fills in every default of a minimal manifest', () => {
    expect(job(parseManifests(manifest('ring'), 'ring.yaml'))).to.deep.equal({
      key: 'default/ring',
      file: 'ring.yaml',
      line: 1,
      manifest: {
        apiVersion: 'mpiswarm.dev/v1',
        kind: 'MPIJob',
        metadata: { name: 'ring', namespace: 'default', labels: {}, annotations: {} },
        spec: {
          image: 'mpiswarm/openmpi5:0.1.0',
          imagePullPolicy: 'IfNotPresent',
          workers: {
            replicas: 2,
            slots: 1,
            resources: { requests: {}, limits: {} },
            placement: { constraints: [], spread: [], nodes: [], racks: [], mapping: 'None' },
            env: [],
            volumes: [],
            shmSize: '256Mi',
          },
          launcher: { mode: 'Dedicated', resources: { requests: {}, limits: {} } },
          network: { name: 'mesos-overlay', encrypted: false },
          ssh: { port: 2022 },
          mpi: { implementation: 'OpenMPI', hostfile: '/twister2/hostFile', mca: {}, args: [], export: [] },
          command: ['ring'],
          configuration: {},
          args: [],
          runPolicy: {
            suspend: false,
            cancel: false,
            backoffLimit: 0,
            outputLimit: '1Gi',
            priority: 0,
            cleanUpPolicy: 'Running',
            unreachable: 'Wait',
          },
        },
      },
    });
  });

  it('means the same once its defaults are written out', () => {
    const texts = [manifest('a'), manifest('b', '  mpi: { mca: { x: 1.50, y: true } }\n  args: ["1"]\n')];
    for (const text of texts) {
      const once = job(parseManifests(text, 'f'))?.manifest;
      const twice = job(parseManifests(JSON.stringify(once), 'f'))?.manifest;
      expect(once).to.not.equal(undefined);
      expect(twice).to.deep.equal(once);
    }
  });

  it('gives no two jobs the same default object', () => {
    const text = `${manifest('a')}---\n${manifest('b')}`;
    const [a, b] = parseManifests(text, 'f').definitions.map(
      one => one.job?.manifest.spec.launcher.resources,
    );
    expect(a).to.deep.equal(b);
    expect(a).to.not.equal(b);
  });

  it('takes numbers and booleans as they are written where a quantity, a user or an mca value is asked for', () => {
    const spec = '  mpi:\n    mca: { a: 1.50, b: 0x10, c: true, d: yes, e: "7" }\n';
    const text = manifest('a', spec).replace(
      'replicas: 2',
      'replicas: 2\n    user: 1000\n    resources: { limits: { cpu: 0.50 } }',
    );
    const result = job(parseManifests(text, 'f'))?.manifest.spec;
    expect(result?.mpi.mca).to.deep.equal({ a: '1.50', b: '0x10', c: 'true', d: 'yes', e: '7' });
    expect(result?.workers.user).to.equal('1000');
    expect(result?.workers.resources.limits.cpu).to.equal('0.50');
  });

  it('reads JSON, windows line ends and a byte order mark', () => {
    const json =
      '{"apiVersion":"mpiswarm.dev/v1","kind":"MPIJob",\n\t"metadata":{"name":"json","namespace":"n"},"spec":{"image":"a","workers":{"replicas":1},"command":["x\\/y"]}}';
    expect(job(parseManifests(json, 'j.json'))?.key).to.equal('n/json');
    expect(job(parseManifests(`\uFEFF${manifest('crlf').replaceAll('\n', '\r\n')}`, 'f'))?.key).to.equal(
      'default/crlf',
    );
  });

  it('validates each document on its own: an invalid one does not affect the others', () => {
    const faulty = manifest('b').replace('replicas: 2', 'replicas: 0');
    const parsed = parseManifests([manifest('a'), faulty, manifest('c')].join('---\n'), 'f');
    expect(parsed.definitions.map(one => [one.key, one.job !== undefined])).to.deep.equal([
      ['default/a', true],
      ['default/b', false],
      ['default/c', true],
    ]);
    expect(parsed.problems.map(problem => [problem.job, problem.path, problem.line])).to.deep.equal([
      ['default/b', 'spec.workers.replicas', 18],
    ]);
    expect(parsed.complete).to.equal(true);
  });

  it('still names the job of a document that is cut off', () => {
    const parsed = parseManifests(`${manifest('a')}  mpi: {`, 'f');
    expect(parsed.definitions.map(one => [one.key, one.job])).to.deep.equal([['default/a', undefined]]);
    expect(parsed.problems[0]?.job).to.equal('default/a');
    expect(parsed.complete).to.equal(false);
  });

  it('is never complete while its head is being written', () => {
    const head = 'apiVersion: mpiswarm.dev/v1\nkind: MPIJob\nmetadata:\n  name: ';
    for (let length = 0; length <= head.length; length++) {
      const parsed = parseManifests(head.slice(0, length), 'f');
      expect([length, parsed.complete, parsed.problems.length > 0]).to.deep.equal([length, false, true]);
    }
  });

  it('may be all comments, and then holds no job', () => {
    const parsed = parseManifests('# later\n---\n# still\n', 'f');
    expect(parsed).to.deep.equal({ file: 'f', definitions: [], problems: [], notices: [], complete: true });
  });

  it('ignores documents of other kinds, even if they contain what a job must not', () => {
    const other =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { x: &x 1, y: *x, x: 3, __proto__: 1 }\n';
    const parsed = parseManifests(`${other}---\n${manifest('a')}`, 'f');
    expect(parsed.definitions.map(one => one.key)).to.deep.equal(['default/a']);
    expect(parsed.problems).to.deep.equal([]);
    expect(parsed.notices).to.have.length(1);
  });

  it('changes no prototype', () => {
    parseManifests(
      manifest('a', '  __proto__: { polluted: true }\n  constructor: { prototype: { polluted: true } }\n'),
      'f',
    );
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });
});

function job(parsed: ParsedFile) {
  expect(parsed.problems).to.deep.equal([]);
  return parsed.definitions[0]?.job;
}
