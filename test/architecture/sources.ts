import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** Below the root of the project. */
  readonly path: string;
  readonly text: string;
}

/** All TypeScript files below a folder. */
export async function sources(folder: string): Promise<readonly Source[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith('.ts'));
  return Promise.all(
    files.map(async entry => {
      const file = join(entry.parentPath, entry.name);
      return { path: relative(ROOT, file), text: await readFile(file, 'utf8') };
    }),
  );
}

/** The project's own files that a file imports, types included, by path below the root. */
export function imports({ path, text }: Source): readonly string[] {
  const found = [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)];
  return found.map(([, to = '']) => normalize(join(dirname(path), to)).replace(/\.js$/, '.ts'));
}

/** The code without comments and without what is in quotes. */
export function bare(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(\\.|[^'\\\n])*'/g, "''")
    .replace(/(^|[^:])\/\/.*$/gm, '$1');
}
