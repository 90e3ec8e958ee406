import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunSpec } from '../../../controller/shared/protocol/protocol.js';
import { writeJobFolder, writeRunProperties } from '../../../images/agent/package/job-folder.js';
import { properties } from '../../../images/agent/package/properties.js';
import type { Identity } from '../../../images/agent/runtime/identity.js';
import { agentPaths } from '../../../images/agent/runtime/paths.js';
import { makeScratch } from '../../../images/agent/ssh/scratch.js';
import { loadProperties } from '../load-properties.js';

const spec: RunSpec = {
  protocol: 1,
  run: 'ring-1a2b3c4d-1',
  job: 'default/ring',
  zookeeper: '10.0.0.5:2181,10.0.0.6:2181',
  znode: '/mpiswarm/runs/ring-1a2b3c4d-1',
  sessionTimeoutMs: 10_000,
  workers: 4,
  slotsPerWorker: 2,
  subnets: ['10.0.1.0/24'],
  sshPort: 2022,
  sshUser: 'root',
  hostPublicKey: '',
  clientPublicKey: '',
  hostfile: '/twister2/hostFile',
  command: ['mpirun'],
  commandEnv: {},
  interfaceVariables: [],
  graceMs: 10_000,
};

function self(worker: number | undefined, configuration?: Readonly<Record<string, string>>): Identity {
  return {
    worker,
    launcher: worker === undefined,
    task: 'task',
    node: { id: 'id', hostname: 'n1' },
    spec: configuration === undefined ? spec : { ...spec, configuration },
    workerSecret: undefined,
    launcherSecret: undefined,
    credential: 'run:0a1b',
  };
}

describe('the job folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpiswarm-job-folder-'));
    makeScratch(agentPaths(folder));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('tells programs of a worker all that they need to reach the run', () => {
    const paths = agentPaths(folder);
    writeJobFolder(paths, self(3));
    expect(loadProperties(readFileSync(paths.runProperties, 'latin1'))).to.deep.equal({
      job: 'default/ring',
      run: 'ring-1a2b3c4d-1',
      zookeeper: '10.0.0.5:2181,10.0.0.6:2181',
      znode: '/mpiswarm/runs/ring-1a2b3c4d-1',
      credential: 'run:0a1b',
      sessionTimeoutMs: '10000',
      worker: '3',
      workers: '4',
      slots: '2',
      configuration: `${folder}/run/mpiswarm/job/job.properties`,
      logs: `${folder}/run/mpiswarm/job/logs`,
    });
  });

  it('names the worker’s further ports once they are known, and nothing else changes', () => {
    const paths = agentPaths(folder);
    writeJobFolder(paths, self(3));
    const before = loadProperties(readFileSync(paths.runProperties, 'latin1'));
    writeRunProperties(paths, self(3), { rpc: 30_001, 'a.b': 30_002 });
    expect(loadProperties(readFileSync(paths.runProperties, 'latin1'))).to.deep.equal({
      ...before,
      'port.rpc': '30001',
      'port.a.b': '30002',
    });
    expect(statSync(paths.runProperties).mode & 0o777).to.equal(0o600);
  });

  it('names no worker where the launcher is alone', () => {
    const paths = agentPaths(folder);
    writeJobFolder(paths, self(undefined));
    expect(loadProperties(readFileSync(paths.runProperties, 'latin1'))).to.not.have.property('worker');
  });

  it('keeps the run’s credential to the ranks’ user and the configuration open to all, whatever the umask', () => {
    const paths = agentPaths(folder);
    for (const umask of [0o000, 0o077]) {
      const before = process.umask(umask);
      writeJobFolder(paths, self(0));
      process.umask(before);
      const modes = [paths.job, paths.runProperties, paths.jobProperties].map(
        file => statSync(file).mode & 0o777,
      );
      expect(modes).to.deep.equal([0o755, 0o600, 0o644]);
      expect(statSync(paths.runProperties).uid).to.equal(process.getuid?.());
    }
  });

  it('replaces what another start of the agent left, its mode too', () => {
    const paths = agentPaths(folder);
    writeJobFolder(paths, self(0, { old: '1' }));
    writeFileSync(paths.runProperties, 'x'.repeat(100_000), { mode: 0o666 });
    writeJobFolder(paths, self(1, { new: '2' }));
    expect(loadProperties(readFileSync(paths.runProperties, 'latin1'))['worker']).to.equal('1');
    expect(loadProperties(readFileSync(paths.jobProperties, 'latin1'))).to.deep.equal({ new: '2' });
  });

  it('has a folder for log files outside of the small one, open to any user', () => {
    const paths = agentPaths(folder);
    writeJobFolder(paths, self(0));
    expect(realpathSync(paths.jobLogs)).to.match(/\/tmp\/mpiswarm-logs-\w+$/);
    expect(statSync(paths.jobLogs).mode & 0o7777).to.equal(0o1777);
  });

  it('names no folder for log files where none can be made', () => {
    const paths = agentPaths(folder);
    writeFileSync(join(folder, 'full'), '');
    writeJobFolder({ ...paths, temporary: join(folder, 'full', 'tmp') }, self(0));
    expect(loadProperties(readFileSync(paths.runProperties, 'latin1'))).to.not.have.property('logs');
    expect(existsSync(paths.jobLogs)).to.equal(false);
  });

  it('has an empty configuration where the job has none', () => {
    const paths = agentPaths(folder);
    writeJobFolder(paths, self(0));
    expect(readFileSync(paths.jobProperties, 'utf8')).to.equal('');
  });
});

describe('Java’s properties', () => {
  const written = (key: string, value: string) => properties([[key, value]]);

  it('are written as ASCII, by the rules of java.util.Properties', () => {
    expect(written('a b', ' c d ')).to.equal('a\\ b=\\ c d \n');
    expect(written('k=:#!', 'v=:#!')).to.equal('k\\=\\:\\#\\!=v\\=\\:\\#\\!\n');
    expect(written('path', 'C:\\new\t')).to.equal('path=C\\:\\\\new\\t\n');
    expect(written('text', 'one\r\ntwo\f')).to.equal('text=one\\r\\ntwo\\f\n');
    expect(written('größe', 'größe 東京 😀\u0000')).to.equal(
      'gr\\u00f6\\u00dfe=gr\\u00f6\\u00dfe \\u6771\\u4eac \\ud83d\\ude00\\u0000\n',
    );
  });

  it('are read back as they were given, whatever is in them', () => {
    const odd = {
      '': 'empty key',
      ' ': '   spaces first',
      'a=b:c': '=d:e',
      '#no comment': '!really',
      'line\nbreak': 'in\r\nthe\fvalue\\',
      '\ttab': '\ttab',
      größe: '東京 😀 \u2028',
      '\\u0041': '\\u0041',
      empty: '',
      trailing: 'space ',
      control: '\u0000\u0001\u007f\u0085\u00a0',
    };
    expect(loadProperties(properties(Object.entries(odd)))).to.deep.equal(odd);
  });
});
