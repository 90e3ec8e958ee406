import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build as bundle, type Plugin } from 'esbuild';

/**
 * Bundles into `dist/`: the agent (`agent.cjs`, `agent-ssh.cjs`, `agent-package.cjs`, `each.cjs` and `rank.sh`, which
 * all go into the agent's volume) and the controller (`mpiswarm.js`). Each file runs without node_modules.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * ssh2 asks for two native parts in try blocks and works without them. They are left out as if they were not
 * installed, so that the bundle does not depend on the machine that built it.
 */
const withoutNativeParts: Plugin = {
  name: 'without-native-parts',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /(\.node|^cpu-features)$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw Object.assign(new Error(${JSON.stringify(`${path} is left out`)}), { code: 'MODULE_NOT_FOUND' });`,
    }));
  },
};

/**
 * The part of the agent that needs ssh2 is a file of its own: ssh2 takes longer to load than all the rest, and workers
 * never use it. So is what unpacks a package, which most runs do not have.
 */
const loadedLater: Plugin = {
  name: 'loaded-later',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/ssh-login\.js$/ }, () => ({ path: './agent-ssh.cjs', external: true }));
    onResolve({ filter: /\/obtain-package\.js$/ }, () => ({
      path: './agent-package.cjs',
      external: true,
    }));
  },
};

/** Bundles the agent into `folder`: all of its files belong into the agent's volume, side by side. */
export async function buildAgent(folder: string): Promise<void> {
  // CommonJS: Node starts it faster than an ES module, in each container of a run.
  const agent: BuildOptions = {
    ...(await common()),
    format: 'cjs',
    minify: true,
    supported: { 'dynamic-import': false },
  };
  await bundle({
    ...agent,
    entryPoints: [join(root, 'images', 'agent', 'main.ts')],
    outfile: join(folder, 'agent.cjs'),
    plugins: [loadedLater],
  });
  await bundle({
    ...agent,
    entryPoints: [join(root, 'images', 'agent', 'launcher', 'ssh-login.ts')],
    outfile: join(folder, 'agent-ssh.cjs'),
    plugins: [withoutNativeParts],
  });
  await bundle({
    ...agent,
    entryPoints: [join(root, 'images', 'agent', 'exec', 'main.ts')],
    outfile: join(folder, 'each.cjs'),
  });
  await bundle({
    ...agent,
    entryPoints: [join(root, 'images', 'agent', 'package', 'obtain-package.ts')],
    outfile: join(folder, 'agent-package.cjs'),
  });
  await copyFile(join(root, 'images', 'agent', 'ranks', 'rank.sh'), join(folder, 'rank.sh'));
}

/** Bundles the controller into `folder`. */
async function buildController(folder: string): Promise<void> {
  const outfile = join(folder, 'mpiswarm.js');
  await bundle({
    ...(await common()),
    format: 'esm',
    entryPoints: [join(root, 'controller', 'main.ts')],
    outfile,
    plugins: [withoutNativeParts],
    banner: {
      // Bundled CommonJS packages use require() and __dirname, which an ES module does not have.
      js: [
        '#!/usr/bin/env node',
        "import { createRequire as createRequireForBundle } from 'node:module';",
        'const require = createRequireForBundle(import.meta.url);',
        'const __dirname = import.meta.dirname;',
      ].join('\n'),
    },
  });
  await chmod(outfile, 0o755);
}

async function common(): Promise<BuildOptions> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return {
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    define: { MPISWARM_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    logLevel: 'warning',
  };
}

/** Where the bundles are. */
export const DIST = join(root, 'dist');

/** Rebuilds `dist/`. */
export async function build(): Promise<void> {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST);
  await buildAgent(DIST);
  await buildController(DIST);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
