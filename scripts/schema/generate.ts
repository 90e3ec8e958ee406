/**
 * Writes everything that follows from crd-like-schemas/mpijob.yaml. With `--check` it writes nothing, and exits 1 when
 * a file differs from what would be written.
 *
 *     npx tsx scripts/schema/generate.ts [--check]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { editorSchema, schemaModule } from './json.js';
import { reference } from './reference.js';
import { readSource } from './source.js';
import { typesFile } from './types.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Content by path from the project's root. */
export function generated(): Readonly<Record<string, string>> {
  const source = readSource();
  return {
    'controller/api/types/mpijob.ts': typesFile(source),
    'controller/api/types/schema.ts': formatted('controller/api/types/schema.ts', schemaModule(source)),
    'crd-like-schemas/mpijob.schema.json': editorSchema(source),
    'docs/reference/manifest.md': reference(source, read('manifests/ring.yaml'), read('manifests/full.yaml')),
  };
}

/** Paths whose content on disk is not what the schema gives. */
export function stale(): readonly string[] {
  return Object.entries(generated())
    .filter(([path, content]) => read(path) !== content)
    .map(([path]) => path);
}

function read(path: string): string {
  try {
    return readFileSync(root + path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function formatted(path: string, content: string): string {
  return execFileSync(`${root}node_modules/.bin/biome`, ['format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: content,
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

function main(check: boolean): void {
  const paths = stale();
  const content = generated();
  for (const path of paths) {
    if (check) console.error(`${path} is not current, run: npx tsx scripts/schema/generate.ts`);
    else writeFileSync(root + path, content[path] ?? '');
    if (!check) console.log(`wrote ${path}`);
  }
  if (check && paths.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes('--check'));
