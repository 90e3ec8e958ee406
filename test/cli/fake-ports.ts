/** A command line without an outside: what is asked for comes from memory, what is written is kept. */
import { Readable, Writable } from 'node:stream';
import { mergeFiles } from '../../controller/api/manifest/merge-files.js';
import { parseManifests, unparsed } from '../../controller/api/manifest/parse.js';
import type { CliPorts, CliWorld } from '../../controller/cli/context/ports.js';
import { runCli } from '../../controller/cli/program.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { PortError } from '../../controller/ports/errors.js';
import type { ControllerView } from '../../controller/ports/leadership.js';
import type { OutputChunk } from '../../controller/ports/output-store.js';
import type { Settings } from '../../controller/settings/settings.js';
import { T0 } from './samples.js';

export interface FakeOutside {
  readonly env?: Readonly<Record<string, string>>;
  /** By absolute path; a test may read there what was written. */
  readonly files?: Record<string, string>;
  /** What prevents writing any file. */
  readonly obstacle?: { readonly canForce: boolean; readonly message: string };
  /** Looked at on each read, so that a test may change it. */
  readonly records?: readonly JobRecord[] | (() => readonly JobRecord[]);
  readonly controllers?: readonly ControllerView[];
  readonly registryError?: string;
  readonly stored?: Readonly<Record<string, readonly OutputChunk[]>>;
  readonly live?: Readonly<Record<string, readonly OutputChunk[]>>;
  readonly world?: CliWorld;
  readonly signal?: AbortSignal;
  readonly stdout?: Writable;
  readonly up?: (settings: Settings) => Promise<number>;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line at {@link T0} plus six seconds. */
export async function cli(argv: readonly string[], outside: FakeOutside = {}): Promise<CliResult> {
  const stdout = new Kept();
  const stderr = new Kept();
  const code = await runCli(argv, fakePorts(outside, outside.stdout ?? stdout, stderr));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

function fakePorts(outside: FakeOutside, stdout: Writable, stderr: Writable): CliPorts {
  const { env = {}, files = {}, records = [], stored = {}, live = {} } = outside;
  return {
    version: '0.1.0',
    env,
    cwd: '/project',
    home: '/home/someone',
    isRoot: false,
    stdout,
    stderr,
    now: () => T0 + 6_000,
    signal: outside.signal ?? new AbortController().signal,
    readText: async path => files[path],
    readFolder: async path => {
      const below = Object.keys(files).filter(file => file.startsWith(`${path}/`));
      const names = below.map(file => file.slice(path.length + 1).split('/')[0] ?? '');
      return names.length === 0 ? undefined : [...new Set(names)];
    },
    createFile: async (path, text) => {
      if (files[path] !== undefined) throw new PortError('blocked', `write ${path}: it is there already`);
      files[path] = text;
    },
    readManifests: async paths =>
      mergeFiles(
        paths.flatMap(path => {
          const name = path.startsWith('/') ? path : `/project/${path}`;
          const below = Object.keys(files).filter(file => file.startsWith(`${name}/`));
          const found = files[name] === undefined ? below : [name];
          if (found.length === 0) return [unparsed(path, 'no such file')];
          return found.map(file => parseManifests(files[file] ?? '', path + file.slice(name.length)));
        }),
      ),
    openManifest: async path => {
      const name = path.startsWith('/') ? path : `/project/${path}`;
      const text = files[name];
      if (text === undefined) throw new PortError('blocked', `read ${path}: it does not exist`);
      return {
        text,
        ...(outside.obstacle ? { obstacle: outside.obstacle } : {}),
        replace: async next => {
          files[name] = next;
        },
        remove: async () => {
          delete files[name];
        },
      };
    },
    registry: async () => {
      if (outside.registryError !== undefined) throw new PortError('retry', outside.registryError);
      let wake = (): void => {};
      return {
        observe: async () => {
          // Each read finds that more has changed, so that no test waits for a timer
          setImmediate(() => wake());
          const all = typeof records === 'function' ? records() : records;
          const jobs = new Map(all.map(record => [record.key, { record, version: 1 }]));
          return {
            ok: true,
            value: {
              jobs,
              runs: new Map(),
              runIds: [],
              leftBehind: new Map(),
              unreadableRuns: new Map(),
              unreadableRecords: new Map(),
            },
          };
        },
        controllers: async () => ({ ok: true, value: outside.controllers ?? [] }),
        onChange: woken => {
          wake = woken;
        },
        close: async () => {},
      };
    },
    outputs: () => ({ read: async run => (stored[run] ? Readable.from(stored[run]) : undefined) }),
    async *output(_settings, run) {
      const chunks = live[run];
      if (!chunks) throw new PortError('blocked', `no launcher of run ${run}`);
      yield* chunks;
    },
    world: async () => outside.world ?? { problems: ['engine not reachable'] },
    up: outside.up ?? (async () => 0),
    down: async () => 0,
  };
}

export function chunk(stream: 'stdout' | 'stderr', text: string): OutputChunk {
  return { stream, data: new TextEncoder().encode(text) };
}
