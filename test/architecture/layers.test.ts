import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Imports point downwards only: each layer, and the layers that it may import besides itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  main: ['compose', 'loop', 'adapters', 'cli', 'server', 'ports', 'core', 'api', 'shared'],
  compose: ['loop', 'adapters', 'cli', 'server', 'ports', 'core', 'api', 'shared'],
  loop: ['ports', 'core', 'api', 'shared'],
  adapters: ['shared adapters', 'ports', 'core', 'api', 'shared'],
  // The session with ZooKeeper and the reading of archives, which the agent may use too
  'shared adapters': ['adapters', 'ports', 'core', 'api', 'shared'],
  cli: ['ports', 'core', 'api', 'shared'],
  server: ['ports', 'core', 'api', 'shared'],
  ports: ['core', 'api', 'shared'],
  core: ['api', 'shared'],
  api: ['shared'],
  shared: [],
  agent: ['core', 'shared', 'shared adapters'],
};

/** What a pure layer has none of: time, chance, the process, and waiting. */
const IMPURE =
  /\b(Date|Math\.random|process|performance|async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b/;

const MAX_LINES = 250;
/** Files that were longer when the limit was set; they may shrink, and no file may join them. */
const LONG: Readonly<Record<string, number>> = {
  'controller/adapters/zookeeper/session.ts': 280,
  'controller/api/mpijob.ts': 300,
  'controller/api/schema.ts': 1_000,
  'controller/cli/settings.ts': 255,
  'controller/core/assess.ts': 275,
  'controller/core/desired.ts': 275,
  'controller/core/status.ts': 275,
};

interface Source {
  readonly path: string;
  readonly text: string;
}

/** The layer of a file, by its path below the root; undefined where it is nobody's. */
function layerOf(path: string): string | undefined {
  if (path.startsWith('images/agent/')) return 'agent';
  if (/^controller\/adapters\/zookeeper\/(session|session-types|acl)\.ts$/.test(path))
    return 'shared adapters';
  if (/^controller\/adapters\/packages\/(archive|limits)\.ts$/.test(path)) return 'shared adapters';
  return /^controller\/([a-z]+)(\/|\.ts$)/.exec(path)?.[1];
}

/** What a file imports of ours, by path below the root. */
function imports({ path, text }: Source): readonly string[] {
  const found = [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)];
  return found.map(([, to = '']) => normalize(join(dirname(path), to)).replace(/\.js$/, '.ts'));
}

function forbidden(from: string, to: string): boolean {
  const [a, b] = [layerOf(from), layerOf(to)];
  if (a === undefined || b === undefined) return !to.endsWith('.json');
  return a !== b && !(ARROWS[a] ?? []).includes(b);
}

async function sources(folder: string): Promise<readonly Source[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith('.ts'));
  return Promise.all(
    files.map(async entry => {
      const file = join(entry.parentPath, entry.name);
      return { path: relative(ROOT, file), text: await readFile(file, 'utf8') };
    }),
  );
}

/** The code without comments and without what stands in quotes. */
function bare(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(\\.|[^'\\\n])*'/g, "''")
    .replace(/(^|[^:])\/\/.*$/gm, '$1');
}

describe('the layers', () => {
  let all: readonly Source[] = [];

  before(async () => {
    all = [...(await sources('controller')), ...(await sources('images/agent'))];
  });

  it('are made of files that belong to one of them', () => {
    expect(all.length).to.be.greaterThan(50);
    expect(all.map(({ path }) => path).filter(path => layerOf(path) === undefined)).to.deep.equal([]);
  });

  it('import downwards only', () => {
    const wrong = all.flatMap(source =>
      imports(source)
        .filter(to => forbidden(source.path, to))
        .map(to => `${source.path} -> ${to}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('would be caught importing upwards, sideways, or out of the tree', () => {
    for (const [from, to] of [
      ['controller/api/a.ts', 'controller/core/b.ts'],
      ['controller/core/a.ts', 'controller/ports.ts'],
      ['controller/loop/a.ts', 'controller/adapters/edge.ts'],
      ['controller/adapters/a.ts', 'controller/loop/b.ts'],
      ['controller/core/a.ts', 'test/fakes/b.ts'],
      ['images/agent/a.ts', 'controller/adapters/swarm/b.ts'],
      ['images/agent/a.ts', 'controller/loop/b.ts'],
      ['controller/shared/a.ts', 'controller/api/b.ts'],
    ] as const) {
      expect(forbidden(from, to), `${from} -> ${to}`).to.equal(true);
    }
    expect(
      imports({ path: 'controller/core/a.ts', text: "import type { B } from '../loop/b.js';" }),
    ).to.deep.equal(['controller/loop/b.ts']);
  });

  it('have neither time, chance, process nor waiting in core and api', () => {
    const pure = all.filter(({ path }) => ['core', 'api'].includes(layerOf(path) ?? ''));
    const impure = pure.flatMap(({ path, text }) => {
      const found = IMPURE.exec(bare(text));
      return found ? [`${path}: ${found[0]}`] : [];
    });
    expect(impure).to.deep.equal([]);
  });

  it('would be caught looking at the clock', () => {
    expect(IMPURE.test(bare('const now = Date.now();'))).to.equal(true);
    expect(IMPURE.test(bare("// Date\nconst a = 'await';"))).to.equal(false);
  });

  it('are made of files of at most 250 lines', () => {
    const long = all.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      return lines > (LONG[path] ?? MAX_LINES) ? [`${path}: ${lines}`] : [];
    });
    expect(long).to.deep.equal([]);
  });
});
