import { expect } from 'chai';
import { bare, imports, type Source, sources } from './sources.js';

/**
 * Imports point one way only: each layer, and the layers that it may import besides itself. What controller and agent have
 * in common is `shared` and imports nothing of either.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  main: ['compose', 'loop', 'adapters', 'cli', 'server', 'settings', 'ports', 'core', 'api', 'shared'],
  compose: ['loop', 'adapters', 'cli', 'server', 'settings', 'ports', 'core', 'api', 'shared'],
  loop: ['ports', 'core', 'api', 'shared'],
  adapters: ['ports', 'core', 'api', 'shared'],
  cli: ['settings', 'ports', 'core', 'api', 'shared'],
  server: ['ports', 'core', 'api', 'shared'],
  settings: ['core', 'api', 'shared'],
  ports: ['core', 'api', 'shared'],
  core: ['api', 'shared'],
  api: ['shared'],
  agent: ['shared'],
  shared: [],
};

/** The folders of the core in the order in which data flows: each imports only those before it. */
const PIPELINE = [
  ...['model', 'text', 'nodes', 'observed', 'desired', 'ladder'],
  ...['run', 'plan', 'status', 'gc', 'job'],
];

/** What a pure layer has none of: time, chance, the process, and waiting. */
const IMPURE =
  /\b(Date|Math\.random|process|performance|async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b/;

/** The layer of a file, by its path below the root; undefined where it belongs to none. */
function layerOf(path: string): string | undefined {
  if (path.startsWith('images/agent/')) return 'agent';
  return /^controller\/([a-z]+)(\/|\.ts$)/.exec(path)?.[1];
}

function stationOf(path: string): number {
  return PIPELINE.indexOf(/^controller\/core\/([a-z]+)\//.exec(path)?.[1] ?? '');
}

function forbidden(from: string, to: string): boolean {
  const [a, b] = [layerOf(from), layerOf(to)];
  if (a === undefined || b === undefined) return !to.endsWith('.json');
  if (a === 'core' && b === 'core') return stationOf(to) > stationOf(from);
  return a !== b && !(ARROWS[a] ?? []).includes(b);
}

describe('the layers', () => {
  let all: readonly Source[] = [];

  before(async () => {
    all = [...(await sources('controller')), ...(await sources('images/agent'))];
  });

  it('are made of files that belong to one of them', () => {
    expect(all.length).to.be.greaterThan(250);
    const layers = Object.keys(ARROWS);
    expect(all.filter(({ path }) => !layers.includes(layerOf(path) ?? ''))).to.deep.equal([]);
    const core = all.filter(({ path }) => layerOf(path) === 'core');
    expect(core.filter(({ path }) => stationOf(path) < 0)).to.deep.equal([]);
  });

  it('import downwards only, and in the core only what comes earlier in the pipeline', () => {
    const wrong = all.flatMap(source =>
      imports(source)
        .filter(to => forbidden(source.path, to))
        .map(to => `${source.path} -> ${to}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('would be caught importing upwards, sideways, or out of the tree', () => {
    for (const [from, to] of [
      ['controller/api/types/a.ts', 'controller/core/model/b.ts'],
      ['controller/core/model/a.ts', 'controller/ports/b.ts'],
      ['controller/core/model/a.ts', 'controller/core/desired/b.ts'],
      ['controller/core/ladder/a.ts', 'controller/core/run/b.ts'],
      ['controller/loop/a.ts', 'controller/adapters/lib/b.ts'],
      ['controller/adapters/swarm/a.ts', 'controller/loop/b.ts'],
      ['controller/settings/a.ts', 'controller/cli/b.ts'],
      ['controller/core/model/a.ts', 'test/fakes/b.ts'],
      ['controller/shared/a.ts', 'controller/api/types/b.ts'],
      ['images/agent/worker/a.ts', 'controller/core/model/b.ts'],
      ['images/agent/worker/a.ts', 'controller/adapters/docker/b.ts'],
    ] as const) {
      expect(forbidden(from, to), `${from} -> ${to}`).to.equal(true);
    }
    expect(
      imports({ path: 'controller/core/job/a.ts', text: "import type { B } from '../../loop/b.js';" }),
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

  it('would be caught reading the clock', () => {
    expect(IMPURE.test(bare('const now = Date.now();'))).to.equal(true);
    expect(IMPURE.test(bare("// Date\nconst a = 'await';"))).to.equal(false);
  });
});
