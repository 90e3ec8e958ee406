import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { JobRecord, JobStatus } from '../../controller/core/model/record.js';
import { cli } from './fake-ports.js';
import { example, manifest, ring } from './samples.js';

const RING = readFileSync(new URL('../../manifests/ring.yaml', import.meta.url), 'utf8');
const PI = RING.replace('name: ring', 'name: pi');
const FOLDER = '/project/manifests';
/** The time of every test, six seconds after T0. */
const NOW = '2026-11-23T12:00:06.000Z';

function folder(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { [`${FOLDER}/ring.yaml`]: RING, ...more };
}

describe('an edit by the command line', () => {
  it('changes the manifest file, and is reported with file and line', async () => {
    for (const [verb, field, words] of [
      ['rerun', `rerun: "${NOW}"`, 'rerun requested in manifests/ring.yaml:13'],
      ['cancel', 'cancel: true', 'cancel requested in manifests/ring.yaml:13'],
      ['suspend', 'suspend: true', 'suspend requested in manifests/ring.yaml:13'],
    ] as const) {
      const files = folder();
      expect(await cli([verb, 'ring'], { files }), verb).to.deep.equal({
        code: 0,
        stdout: `mpijob default/ring ${words}\n`,
        stderr: '',
      });
      expect(files[`${FOLDER}/ring.yaml`]).to.equal(`${RING}  runPolicy:\n    ${field}\n`);
    }
  });

  it('lifts cancel and suspend for a rerun, and says so', async () => {
    const policy = (values: string) => `${RING}  runPolicy:\n    cancel: ${values}\n    suspend: ${values}\n`;
    const files = folder({ [`${FOLDER}/ring.yaml`]: policy('true') });
    const { stdout } = await cli(['rerun', 'ring'], { files });
    expect(stdout).to.equal(
      'mpijob default/ring rerun requested in manifests/ring.yaml:15, cancel lifted, suspend lifted\n',
    );
    expect(files[`${FOLDER}/ring.yaml`]).to.equal(`${policy('false')}    rerun: "${NOW}"\n`);
  });

  it('changes nothing when the manifest already says so', async () => {
    const files = folder();
    expect((await cli(['resume', 'ring'], { files })).stdout).to.equal(
      'mpijob default/ring unchanged, suspend is false in manifests/ring.yaml:3\n',
    );
    await cli(['suspend', 'ring'], { files });
    const suspended = { ...files };
    expect((await cli(['suspend', 'ring'], { files })).stdout).to.match(
      /unchanged, suspend is true in .*:13\n/,
    );
    expect(files).to.deep.equal(suspended);
    expect((await cli(['resume', 'ring'], { files })).stdout).to.match(/resume requested in .*:13\n/);
    expect(files[`${FOLDER}/ring.yaml`]).to.equal(`${RING}  runPolicy:\n    suspend: false\n`);
  });

  it('removes a job from its file, and the file with the last one', async () => {
    const files = folder({ [`${FOLDER}/ring.yaml`]: `${RING}---\n${PI}` });
    expect((await cli(['delete', 'pi'], { files })).stdout).to.equal(
      'mpijob default/pi deleted from manifests/ring.yaml:12\n',
    );
    expect(files[`${FOLDER}/ring.yaml`]).to.equal(RING);
    expect((await cli(['delete', 'ring'], { files })).stdout).to.equal(
      'mpijob default/ring deleted from manifests/ring.yaml, which held nothing else\n',
    );
    expect(files).to.deep.equal({});
  });

  it('takes several jobs, by name, with their namespace, or all', async () => {
    const full = readFileSync(new URL('../../manifests/full.yaml', import.meta.url), 'utf8');
    const files = () => folder({ [`${FOLDER}/pi.yaml`]: PI, [`${FOLDER}/full.yaml`]: full });
    const edited = async (...argv: string[]) => {
      const { stdout } = await cli(['cancel', ...argv], { files: files() });
      return stdout.split('\n').flatMap(line => /^mpijob (\S+)/.exec(line)?.[1] ?? []);
    };
    expect(await edited('ring', 'default/pi', 'ring')).to.deep.equal(['default/ring', 'default/pi']);
    expect(await edited('full', '-n', 'examples')).to.deep.equal(['examples/full']);
    expect(await edited('--all')).to.deep.equal(['default/pi', 'default/ring']);
    expect(await edited('--all', '-A')).to.deep.equal(['default/pi', 'default/ring', 'examples/full']);
    expect(await edited('--all', '-n', 'examples')).to.deep.equal(['examples/full']);
    expect(await edited('-f', 'manifests/pi.yaml')).to.deep.equal(['default/pi']);
    expect(await edited('-f', 'manifests/pi.yaml', '-f', 'manifests/full.yaml', 'pi')).to.deep.equal([
      'default/pi',
    ]);
  });

  it('is shown and not made with --dry-run', async () => {
    const files = folder();
    const { code, stdout, stderr } = await cli(['cancel', 'ring', '--dry-run'], { files });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.equal(
      [
        '--- a/manifests/ring.yaml',
        '+++ b/manifests/ring.yaml',
        '@@ -9,3 +9,5 @@',
        '   workers:',
        '     replicas: 4',
        '   command: [ring]',
        '+  runPolicy:',
        '+    cancel: true',
        '',
      ].join('\n'),
    );
    expect(files).to.deep.equal(folder());
    const removal = (await cli(['delete', 'ring', '--dry-run'], { files })).stdout;
    expect(removal).to.match(/^--- a\/manifests\/ring\.yaml\n\+\+\+ \/dev\/null\n@@ -1,11 \+0,0 @@\n/);
    expect(files).to.deep.equal(folder());
  });

  it('is printed, with what to do, where the file should be changed elsewhere, and the exit code is 3', async () => {
    const files = folder();
    const obstacle = { canForce: true, message: 'it is under Git (/project/.git); make this edit there' };
    const { code, stdout, stderr } = await cli(['cancel', 'ring'], { files, obstacle });
    expect(code).to.equal(3);
    expect(stdout).to.match(/^--- a\/manifests\/ring\.yaml\n[\s\S]*\n\+ {4}cancel: true\n$/);
    expect(stderr).to.equal(
      'mpiswarm: manifests/ring.yaml was not changed: it is under Git (/project/.git); make this edit there, or write it here with --force\n',
    );
    expect(files).to.deep.equal(folder());
    expect((await cli(['cancel', 'ring', '--force'], { files, obstacle })).code).to.equal(0);
    expect(files[`${FOLDER}/ring.yaml`]).to.match(/cancel: true\n$/);
  });

  it('cannot be forced where the file cannot be written', async () => {
    const obstacle = { canForce: false, message: 'it cannot be written here: permission denied' };
    const { code, stderr } = await cli(['cancel', 'ring', '--force'], { files: folder(), obstacle });
    expect(code).to.equal(3);
    expect(stderr).to.equal(
      'mpiswarm: manifests/ring.yaml was not changed: it cannot be written here: permission denied\n',
    );
  });

  it('changes the definition in use where there are two, and names the other', async () => {
    const files = folder({ [`${FOLDER}/z.yaml`]: RING });
    const { stdout, stderr } = await cli(['delete', 'ring'], { files });
    expect(stdout).to.contain('deleted from manifests/ring.yaml');
    expect(stderr).to.match(
      /^mpiswarm: manifests\/ring\.yaml:6:9: job default\/ring is defined again at manifests\/z\.yaml:6, this definition is used; once it is deleted, the other one is$/m,
    );
    expect(Object.keys(files)).to.deep.equal([`${FOLDER}/z.yaml`]);
  });

  it('is refused for a job that is not there, before any other is changed', async () => {
    const files = folder();
    for (const [argv, words] of [
      [
        ['cancel', 'ring', 'rnig'],
        'no manifest of job default/rnig in manifests, did you mean default/ring?',
      ],
      [
        ['cancel', 'pi', '-f', 'none'],
        'no manifest of job default/pi in none\nit may be in a file that cannot be read: none:1:1: no such file',
      ],
    ] as const) {
      const { code, stderr } = await cli(argv, { files });
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: `mpiswarm: ${words}\n` });
    }
    expect(files).to.deep.equal(folder());
  });

  it('is refused for a faulty manifest, with the place of the fault; but that may be deleted', async () => {
    const files = folder({ [`${FOLDER}/ring.yaml`]: RING.replace('replicas: 4', 'replicas: 0') });
    const { code, stderr } = await cli(['rerun', 'ring'], { files });
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'mpiswarm: the manifest of job default/ring has a fault, fix it first: manifests/ring.yaml:10:15: spec.workers.replicas must be at least 1, got 0\n',
    );
    expect((await cli(['delete', 'ring'], { files })).code).to.equal(0);
    expect(files).to.deep.equal({});
  });

  it('needs to know which jobs are meant', async () => {
    for (const argv of [
      ['delete'],
      ['delete', '-A'],
      ['delete', '--all', 'ring'],
      ['delete', '-A', 'ring'],
      ['delete', '--all', '-A', '-n', 'examples'],
    ]) {
      const { code, stderr } = await cli(argv, { files: folder() });
      expect(code).to.equal(2);
      expect(stderr).to.match(/give /);
    }
  });

  it('uses the folder from the settings', async () => {
    const files = { '/srv/jobs/ring.yaml': RING };
    const { stdout } = await cli(['cancel', 'ring'], { files, env: { MPISWARM_MANIFESTS: '/srv/jobs' } });
    expect(stdout).to.equal('mpijob default/ring cancel requested in /srv/jobs/ring.yaml:13\n');
    expect((await cli(['resume', 'ring', '--manifests', '/srv/jobs'], { files })).code).to.equal(0);
  });
});

describe('an edit that is waited for', () => {
  const base = example('ring');
  const with_ = (runPolicy: Partial<typeof base.spec.runPolicy>, status: Partial<JobStatus>): JobRecord =>
    ring(status, { ...base, spec: { ...base.spec, runPolicy: { ...base.spec.runPolicy, ...runPolicy } } });

  /** What the records are looked at, one after the other; fails when the command ends before the last or does not end. */
  async function waits(verb: string, records: readonly (readonly JobRecord[])[], text = RING): Promise<void> {
    const left = [...records];
    const next = (): readonly JobRecord[] => {
      const now = left.shift();
      if (now === undefined) throw new Error('it looks again after it was done');
      return now;
    };
    const files = folder({ [`${FOLDER}/ring.yaml`]: text });
    const { code, stderr } = await cli([verb, 'ring', '--wait'], { files, records: next });
    expect({ code, stderr, left }).to.deep.equal({ code: 0, stderr: '', left: [] });
  }

  it('is done when the controller has seen and done it', async () => {
    const old = ring({ phase: 'running' });
    const cancelled = { outcome: 'Cancelled', phase: 'done' } as const;
    await waits('cancel', [[old], [with_({ cancel: true }, {})], [with_({ cancel: true }, cancelled)]]);
    await waits('suspend', [[old], [with_({ suspend: true }, { reason: 'Suspended' })]]);
    await waits('delete', [[old], []]);
    const suspended = `${RING}  runPolicy: {suspend: true}\n`;
    await waits('resume', [[with_({ suspend: true }, { reason: 'Suspended' })], [ring()]], suspended);
  });

  it('ends with 130 on interrupt and with 1 on timeout, and says that the edit is kept', async () => {
    const stop = new AbortController();
    const records = (): readonly JobRecord[] => {
      stop.abort();
      return [ring({ phase: 'running' })];
    };
    const files = folder();
    const interrupted = await cli(['cancel', 'ring', '--wait'], { files, records, signal: stop.signal });
    const stands = 'the edit stays in effect; mpiswarm describe shows how far it is\n';
    expect([interrupted.code, interrupted.stderr]).to.deep.equal([130, `mpiswarm: interrupted; ${stands}`]);
    expect(files[`${FOLDER}/ring.yaml`]).to.match(/cancel: true\n$/);
    const late = await cli(['suspend', 'ring', '--wait', '--timeout', '20ms'], {
      files,
      records: [ring({ phase: 'running' })],
    });
    expect([late.code, late.stderr]).to.deep.equal([1, `mpiswarm: not done within 0.02 s; ${stands}`]);
  });

  it('takes a time only together with --wait', async () => {
    const { code, stderr } = await cli(['cancel', 'ring', '--timeout', '1m'], { files: folder() });
    expect([code, stderr]).to.deep.equal([2, 'mpiswarm: --timeout goes with --wait\n']);
    expect((await cli(['cancel', 'ring', '--wait', '--timeout', '5'], { files: folder() })).code).to.equal(2);
  });

  it('is done for a rerun when the new run is there', async () => {
    const of = with_({ rerun: NOW }, {});
    const run = { number: 2, id: 'ring-1a2b3c4d-2', generation: 2, createdAt: 0, phases: {} };
    const status = { ...of.status, observedGeneration: 2, runs: [run] };
    await waits('rerun', [[ring()], [{ ...of, generation: 2, status }]]);
  });
});

describe('the manifest after an edit', () => {
  it('is the one before with what was asked for, for every example', async () => {
    for (const name of ['ring', 'pi', 'npernode', 'worker0', 'full', 'ring-openmpi4']) {
      const text = readFileSync(new URL(`../../manifests/${name}.yaml`, import.meta.url), 'utf8');
      const files = { [`${FOLDER}/${name}.yaml`]: text };
      expect((await cli(['cancel', '--all', '-A'], { files })).code, name).to.equal(0);
      const before = manifest(text);
      expect(manifest(files[`${FOLDER}/${name}.yaml`] ?? '')).to.deep.equal({
        ...before,
        spec: { ...before.spec, runPolicy: { ...before.spec.runPolicy, cancel: true } },
      });
    }
  });
});
