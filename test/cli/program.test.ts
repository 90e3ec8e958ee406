import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { JobRecord } from '../../controller/core/model/record.js';
import type { Settings } from '../../controller/settings/settings.js';
import { chunk, cli } from './fake-ports.js';
import { doneRing, example, ring, T0, waitingRing } from './samples.js';

const RING = readFileSync(new URL('../../manifests/ring.yaml', import.meta.url), 'utf8');
const COMMANDS = [
  ...['up', 'validate', 'plan', 'get', 'describe', 'logs'],
  ...['rerun', 'cancel', 'suspend', 'resume', 'delete', 'leader', 'import', 'import twister2', 'down'],
];
const full = ring({}, example('full'));

async function helpOf(words: readonly string[]): Promise<{ code: number; stdout: string }> {
  const { code, stdout } = await cli([...words, '--help']);
  return { code, stdout };
}

describe('mpiswarm', () => {
  it('exits with 2 for a wrong call, and says why on standard error', async () => {
    for (const [argv, words] of [
      [['gett'], "unknown command 'gett'\n(Did you mean get?)"],
      [['get', '--foo'], "unknown option '--foo'"],
      [['get', '-o', 'xml'], 'Allowed choices are wide, json, yaml.'],
      [['describe'], "missing required argument 'JOB'"],
      [['validate'], "missing required argument 'FILE'"],
      [['logs', '--run', '0', 'ring'], 'expected the number of a run, from 1'],
      [['up', '--tick', 'x'], '--tick: expected a duration such as 2s, got "x"'],
      [['get', '--tick', '1s'], "unknown option '--tick'"],
    ] as const) {
      const { code, stdout, stderr } = await cli(argv);
      expect({ code, stdout }, argv.join(' ')).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr)
        .to.match(/^mpiswarm: /)
        .and.to.contain(words);
    }
  });

  it('prints its usage when called without arguments', async () => {
    const { code, stderr } = await cli([]);
    expect(code).to.equal(2);
    expect(stderr).to.contain('Usage: mpiswarm');
  });

  it('has help with examples for every command', async () => {
    for (const command of COMMANDS) {
      const { code, stdout } = await cli([...command.split(' '), '--help']);
      expect(code).to.equal(0);
      expect(stdout)
        .to.contain(`Usage: mpiswarm ${command}`)
        .and.to.match(/Examples:\n {2}mpiswarm /);
    }
    expect((await cli(['--help'])).stdout).to.contain('Examples:');
    expect((await cli(['--version'])).stdout).to.equal('0.1.0\n');
  });

  it('prints the same help by the command help, of a command below another one too', async () => {
    for (const command of ['', ...COMMANDS]) {
      const words = command.split(' ').filter(word => word !== '');
      const { code, stdout } = await cli(['help', ...words]);
      expect({ code, stdout }, command).to.deep.equal(await helpOf(words));
    }
    const { code, stderr } = await cli(['help', 'nope']);
    expect({ code, stderr }).to.deep.equal({ code: 2, stderr: "mpiswarm: unknown command 'nope'\n" });
  });

  it('has help that fits 80 columns, but for examples, and tells the exit codes', async () => {
    for (const command of ['', ...COMMANDS]) {
      const { stdout } = await cli([...command.split(' ').filter(word => word !== ''), '--help']);
      const long = stdout.split('\n').filter(line => line.length > 80 && !line.startsWith('  mpiswarm '));
      expect(long, command).to.deep.equal([]);
    }
    expect((await cli(['--help'])).stdout).to.match(
      /^Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}130 /m,
    );
  });

  it('takes settings before and behind the command', async () => {
    const seen: Settings[] = [];
    const up = async (settings: Settings): Promise<number> => {
      seen.push(settings);
      return 0;
    };
    await cli(['--zookeeper', 'zk:2181', 'up', '--tick', '1s', '--docker', 'tcp://m:2375', '--no-color'], {
      up,
    });
    expect(
      seen.map(({ zookeeper, tick, docker, color }) => ({ zookeeper, tick, docker, color })),
    ).to.deep.equal([{ zookeeper: 'zk:2181', tick: 1_000, docker: 'tcp://m:2375', color: 'never' }]);
  });

  it('ends with 1 when something is out of reach, in the words of what failed', async () => {
    const { code, stderr } = await cli(['get'], { registryError: 'connect to 127.0.0.1:2181: refused' });
    expect({ code, stderr }).to.deep.equal({
      code: 1,
      stderr: 'mpiswarm: connect to 127.0.0.1:2181: refused\n',
    });
  });

  it('ends quietly when its output pipe is closed', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const { code, stderr } = await cli(['get'], { records: [doneRing()], stdout });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect((await cli(['--help'], { stdout })).code).to.equal(0);
  });
});

describe('mpiswarm get', () => {
  it('lists jobs in columns', async () => {
    expect((await cli(['get'], { records: [doneRing()] })).stdout).to.equal(
      'NAME   PHASE   OUTCOME     WORKERS   RUN               AGE\n' +
        'ring   done    Succeeded   4         ring-1a2b3c4d-1   6s\n',
    );
  });

  it('shows namespaces where there are several, or when asked', async () => {
    expect(
      (await cli(['get', '-o', 'wide'], { records: [waitingRing(), full] })).stdout.split('\n'),
    ).to.deep.equal([
      'NAMESPACE   NAME   PHASE       OUTCOME   WORKERS   RUN               AGE   IMAGE                     NETWORK            REASON',
      'default     ring   networked   -         4         ring-1a2b3c4d-1   6s    mpiswarm/openmpi5:0.1.0   mesos-overlay      SSHFailed',
      'examples    full   pending     -         2         -                 6s    mpiswarm/openmpi5:0.1.0   examples-overlay   -',
      '',
    ]);
    expect((await cli(['get', '-A'], { records: [doneRing()] })).stdout).to.match(/^NAMESPACE/);
    const one = await cli(['get', '-n', 'examples'], { records: [waitingRing(), full] });
    expect(one.stdout.split('\n')).to.have.lengthOf(3);
  });

  it('warns of manifests that are not as they should be, together where it is the same', async () => {
    const message = 'the manifest folder is empty; the job is kept until 2026-11-23T12:00:30Z';
    const kept = (record: JobRecord, name: string): JobRecord => ({
      ...record,
      key: `default/${name}`,
      status: {
        ...record.status,
        conditions: [
          {
            type: 'ManifestValid',
            status: 'Unknown',
            reason: 'FolderEmpty',
            message,
            lastTransitionTime: T0,
          },
        ],
      },
    });
    const two = await cli(['get'], {
      records: [kept(waitingRing(), 'a'), kept(waitingRing(), 'b'), doneRing()],
    });
    expect(two.stderr).to.equal(`warning: default/a and default/b: ${message}\n`);
    const many = [1, 2, 3, 4, 5].map(n => kept(waitingRing(), `job-${n}`));
    expect((await cli(['get'], { records: many })).stderr).to.contain('default/job-3 and 2 more: the');
    expect((await cli(['get', '-o', 'json'], { records: many })).stderr).to.equal('');
  });

  it('says when there is nothing to list', async () => {
    expect(await cli(['get'])).to.deep.equal({ code: 0, stdout: '', stderr: 'no jobs\n' });
    expect((await cli(['get', '-n', 'x'])).stderr).to.equal('no jobs in namespace x\n');
  });

  it('prints objects for programs', async () => {
    const list = JSON.parse((await cli(['get', '-o', 'json'], { records: [doneRing(), full] })).stdout);
    expect(list.kind).to.equal('MPIJobList');
    expect(list.items.map((item: { metadata: { name: string } }) => item.metadata.name)).to.deep.equal([
      'ring',
      'full',
    ]);
    const one = parse((await cli(['get', 'ring', '-o', 'yaml'], { records: [doneRing()] })).stdout);
    expect(one.metadata.creationTimestamp).to.equal('2026-11-23T12:00:00.000Z');
    expect(one.status.runs[0].phases.imaged).to.equal('2026-11-23T12:00:00.400Z');
    expect(one.status.run).to.equal('ring-1a2b3c4d-1');
  });

  it('suggests a similar name for a job that does not exist', async () => {
    const records = [doneRing(), full];
    for (const [argv, words] of [
      [['get', 'rnig'], 'no job default/rnig, did you mean default/ring?'],
      [['describe', 'full'], 'no job default/full, did you mean examples/full?'],
      [['logs', 'xyzzy'], 'no job default/xyzzy; there are default/ring and examples/full'],
    ] as const) {
      expect(await cli(argv, { records })).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `mpiswarm: ${words}\n`,
      });
    }
    expect((await cli(['get', 'ring'])).stderr).to.equal(
      'mpiswarm: no job default/ring; there are no jobs\n',
    );
  });

  it('prints a line for each change, and one for the end of a job', async () => {
    const stop = new AbortController();
    const later: (readonly JobRecord[])[] = [[waitingRing()], [waitingRing()], [doneRing()], []];
    const records = (): readonly JobRecord[] => {
      const next = later.shift();
      if (next === undefined) stop.abort();
      return next ?? [];
    };
    const { code, stdout } = await cli(['get', '-w'], { records, signal: stop.signal });
    expect(code).to.equal(0);
    expect(stdout.split('\n').map(line => line.split(/ +/).slice(0, 2).join(' '))).to.deep.equal([
      'NAME PHASE',
      'ring networked',
      'ring done',
      'ring removed',
      '',
    ]);
  });

  it('has its header with the first job, and columns that stay in place', async () => {
    const stop = new AbortController();
    const later: (readonly JobRecord[])[] = [[], [], [waitingRing()], [doneRing()]];
    const records = (): readonly JobRecord[] => {
      const next = later.shift();
      if (next === undefined) stop.abort();
      return next ?? [doneRing()];
    };
    const { stdout, stderr } = await cli(['get', '-w'], { records, signal: stop.signal });
    expect(stderr).to.equal('no jobs\n');
    const [header = '', ...rows] = stdout.trimEnd().split('\n');
    expect(header).to.match(/^NAME +PHASE +OUTCOME/);
    const column = header.indexOf('WORKERS');
    expect(rows.map(row => row.slice(column, column + 2))).to.deep.equal(['4 ', '4 ']);
  });
});

describe('mpiswarm describe', () => {
  it('takes a name, or namespace and name', async () => {
    const outside = { records: [doneRing(), full] };
    expect((await cli(['describe', 'ring'], outside)).stdout).to.match(/^Name: +ring\n/);
    expect((await cli(['describe', 'examples/full'], outside)).stdout).to.match(/^Name: +full\n/);
    expect((await cli(['describe', 'full', '-n', 'examples'], outside)).stdout).to.match(/^Name: +full\n/);
  });

  it('prints the object for programs', async () => {
    const { stdout } = await cli(['describe', 'ring', '-o', 'json'], { records: [doneRing()] });
    const { status } = JSON.parse(stdout);
    expect(status.exitCode).to.equal(0);
    expect(status.runs[0].placement[2]).to.deep.equal({ rank: 2, worker: 2, node: 'node3' });
    expect(status.workers[3].ranks).to.deep.equal([3]);
    expect(status.events[0]).to.include({ run: 1, count: 1, at: '2026-11-23T12:00:02.600Z' });
  });

  it('shows the run that is asked for, and says which there are', async () => {
    const outside = { records: [doneRing()] };
    expect((await cli(['describe', 'ring', '--run', '1'], outside)).stdout).to.contain('Placement:');
    const { code, stderr } = await cli(['describe', 'ring', '--run', '9'], outside);
    expect([code, stderr]).to.deep.equal([1, 'mpiswarm: no run 9 of job default/ring; it has 1\n']);
  });
});

describe('mpiswarm validate', () => {
  const files = {
    '/project/ring.yaml': RING,
    '/project/bad.yaml': RING.replace('replicas: 4', 'replica: 4').replace('name: ring', 'name: bad'),
  };

  it('lists valid jobs with their place', async () => {
    expect(await cli(['validate', 'ring.yaml'], { files })).to.deep.equal({
      code: 0,
      stdout: 'ring.yaml:3: job default/ring is valid\n',
      stderr: '',
    });
  });

  it('ends with 1 and says file, line and column of what is wrong', async () => {
    const { code, stdout, stderr } = await cli(['validate', 'ring.yaml', 'bad.yaml', 'none.yaml'], { files });
    expect(code).to.equal(1);
    expect(stdout).to.contain('ring.yaml:3');
    expect(stderr).to.match(/^bad\.yaml:\d+:\d+: .*did you mean spec\.workers\.replicas\?$/m);
    expect(stderr).to.match(/^none\.yaml:1:1: no such file$/m);
  });

  it('names the rules of a policy that a job breaks, and where a policy is wrong', async () => {
    const at = {
      '/project/manifests/team/ring.yaml': RING,
      '/project/policy.yaml': 'default: {folder: team, maxWorkers: 3}\n',
    };
    const call = ['validate', '--policy', 'policy.yaml', 'manifests/team/ring.yaml'];
    expect(await cli(call, { files: at })).to.deep.equal({
      code: 1,
      stdout: '',
      stderr:
        'manifests/team/ring.yaml:3:1: policy of namespace default: the job has 4 workers, the policy allows 3\n',
    });
    const wrong = await cli(call, { files: { ...at, '/project/policy.yaml': 'default: {maxWorker: 3}\n' } });
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.match(
      /^mpiswarm: policy\.yaml:1: default\.maxWorker is no key of a policy; there are /,
    );
    const none = await cli(call, { files: { '/project/manifests/team/ring.yaml': RING } });
    expect(none.stderr).to.equal('mpiswarm: policy.yaml: there is no such policy\n');
  });

  it('notes a user that only the image knows, for whom keys stay readable', async () => {
    const named = RING.replace('replicas: 4', 'replicas: 4\n    user: app');
    const { code, stderr } = await cli(['validate', 'ring.yaml'], { files: { '/project/ring.yaml': named } });
    expect(code).to.equal(0);
    expect(stderr).to.match(/^ring\.yaml:3:1: spec\.workers\.user is the name app, .* \(not an error\)$/m);
  });

  it('exits with 1 when there is no job', async () => {
    const others = { '/project/compose.yaml': 'services: {}\n' };
    const { code, stderr } = await cli(['validate', 'compose.yaml'], { files: others });
    expect([code, stderr.split('\n')[0]]).to.deep.equal([1, 'mpiswarm: no MPIJob in compose.yaml']);
  });

  it('lists the first errors of text that is not YAML, and how many more there are', async () => {
    const text = Array.from({ length: 9 }, (_, i) => `\`word ${i}\`: [\n`).join('');
    const { code, stderr } = await cli(['validate', 'a.yaml'], { files: { '/project/a.yaml': text } });
    expect(code).to.equal(1);
    expect(stderr.trimEnd().split('\n')).to.have.lengthOf(4);
    expect(stderr).to.match(/yaml: and \d+ more errors in this document from here on\n$/);
  });

  it('needs no settings', async () => {
    const env = { MPISWARM_TICK: 'broken' };
    expect((await cli(['validate', 'ring.yaml'], { files, env })).code).to.equal(0);
  });
});

describe('mpiswarm plan', () => {
  const files = { '/project/ring.yaml': RING, '/project/other.yaml': 'apiVersion: v1\nkind: ConfigMap\n' };

  it('plans from nothing where nothing can be reached, and says so', async () => {
    const { code, stdout, stderr } = await cli(['plan', 'ring.yaml'], { files });
    expect(code).to.equal(0);
    expect(stderr).to.equal('mpiswarm: engine not reachable; the plan assumes an empty swarm\n');
    expect(stdout).to.match(/^job default\/ring {2}\(ring\.yaml:3\)\n {2}new job: run 1 would be started\n/);
    expect(stdout).to.contain('attach   ZooKeeper to network mesos-overlay');
  });

  it('compares with the job that is there', async () => {
    const world = { jobs: new Map([['default/ring', doneRing()]]), problems: [] };
    const { stdout } = await cli(['plan', 'ring.yaml'], { files, world });
    expect(stdout).to.contain('no change: nothing to do').and.to.not.contain('hostfile-written');
  });

  it('says that a job is deleted which its file does not define any more, or whose file is gone', async () => {
    const pi = RING.replace('name: ring', 'name: pi');
    const jobs = new Map([['default/ring', waitingRing()]]);
    const world = { jobs, problems: [] };
    const words = 'delete: run 1 would be stopped, everything of the job removed';
    for (const [path, files] of [
      ['manifests/ring.yaml', {}],
      ['manifests/ring.yaml', { '/project/manifests/ring.yaml': pi }],
      ['manifests', { '/project/manifests/pi.yaml': pi }],
    ] as const) {
      const { code, stdout, stderr } = await cli(['plan', path], { files, world });
      expect({ code, stderr }, path).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.contain(words);
    }
    // Moved to another file, or in a file that cannot be read, it is not deleted
    const moved = { '/project/manifests/pi.yaml': pi, '/project/manifests/z.yaml': RING };
    expect((await cli(['plan', 'manifests/pi.yaml'], { files: moved, world })).stdout).to.not.contain(
      'delete',
    );
    const broken = { '/project/manifests/ring.yaml': 'spec: [' };
    expect((await cli(['plan', 'manifests/ring.yaml'], { files: broken, world })).stdout).to.equal('');
    expect((await cli(['plan', 'manifests/none.yaml'], { files: {}, world })).code).to.equal(1);
  });

  it('ends with 1 for a file without a job, or with a faulty one', async () => {
    expect((await cli(['plan', 'other.yaml'], { files })).stderr).to.contain('other.yaml: no MPIJob in it');
    expect((await cli(['plan', 'none.yaml'], { files })).code).to.equal(1);
  });
});

describe('mpiswarm logs', () => {
  const stored = {
    'ring-1a2b3c4d-1': [chunk('stdout', 'out\n'), chunk('stderr', 'err'), chunk('stdout', 'more')],
  };

  it('writes what was stored as it was, each stream to its own', async () => {
    expect(await cli(['logs', 'ring'], { records: [doneRing()], stored })).to.deep.equal({
      code: 0,
      stdout: 'out\nmore',
      stderr: 'err',
    });
  });

  it('takes what is not stored from the launcher', async () => {
    const live = { 'ring-1a2b3c4d-1': [chunk('stdout', 'so far')] };
    expect((await cli(['logs', '--run', '1', 'ring'], { records: [doneRing()], live })).stdout).to.equal(
      'so far',
    );
  });

  it('says when output is no longer kept', async () => {
    const { code, stderr } = await cli(['logs', 'ring'], { records: [doneRing()] });
    expect(code).to.equal(1);
    expect(stderr).to.contain('output of run 1 of job default/ring is no longer kept');
  });

  it('says why output was removed', async () => {
    const done = doneRing();
    const removed = { at: T0, reason: 'AgeLimit', message: 'it was too old' } as const;
    const runs = done.status.runs.map(run => ({ ...run, output: { bytes: 4, removed } }));
    const { code, stderr } = await cli(['logs', 'ring'], {
      records: [{ ...done, status: { ...done.status, runs } }],
    });
    expect(code).to.equal(1);
    expect(stderr).to.contain(
      'output of run 1 of job default/ring was removed at 2026-11-23T12:00:00Z: it was',
    );
  });

  it('says what a job without output waits for', async () => {
    expect(await cli(['logs', 'ring'], { records: [waitingRing()] })).to.deep.equal({
      code: 1,
      stdout: '',
      stderr:
        'mpiswarm: run 1 of job default/ring has no output yet; it waits for ssh-ready: worker 3: connection refused by 10.0.1.7:2022 (12 tries)\n',
    });
    expect((await cli(['logs', 'ring', '--run', '7'], { records: [waitingRing()] })).stderr).to.contain(
      'no run 7 of job default/ring; it has 1',
    );
  });

  it('waits for the start with -f, saying once what for', async () => {
    const later = [[waitingRing()], [waitingRing()], [doneRing()]];
    const records = (): readonly JobRecord[] => later.shift() ?? [doneRing()];
    const live = { 'ring-1a2b3c4d-1': [chunk('stdout', 'at last\n')] };
    const { code, stdout, stderr } = await cli(['logs', '-f', 'ring'], { records, live });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'at last\n' });
    expect(stderr.match(/has no output yet/g)).to.have.lengthOf(1);
  });

  it('says why a run that never started has none', async () => {
    const record = waitingRing();
    const end = {
      outcome: 'Failed',
      reason: 'StartDeadlineExceeded',
      message: 'not started within 5 s',
    } as const;
    const runs = record.status.runs.map(run => ({ ...run, ...end, endedAt: T0 + 5_000 }));
    const records = [{ ...record, status: { ...record.status, runs } }];
    expect((await cli(['logs', '-f', 'ring'], { records })).stderr).to.equal(
      'mpiswarm: run 1 of job default/ring has no output: it ended before mpirun was started: StartDeadlineExceeded: not started within 5 s\n',
    );
  });
});
