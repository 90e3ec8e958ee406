import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/**
 * Tests read more than the product: pages, examples, settings of tools. So all is copied but what is large and made.
 */
const LEFT_OUT = ['.git', '.cache', 'node_modules', 'dist'];
const TIMEOUT_MS = 180_000;

interface Report {
  readonly failures: readonly { readonly fullTitle: string }[];
  readonly stats: { readonly passes: number };
}

/** A copy of the product in which one text at a time is replaced. */
export class Checkout {
  private constructor(private readonly folder: string) {}

  static async make(): Promise<Checkout> {
    const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-mutants-'));
    for (const name of await readdir(ROOT)) {
      if (!LEFT_OUT.includes(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new Checkout(folder);
  }

  /** The text of the file with the idiom taken out. Throws when the text to replace is not there exactly once. */
  async mutated({ idiom, file, find, replace }: Mutant): Promise<string> {
    const text = await readFile(join(ROOT, file), 'utf8');
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`${idiom}: expected once in ${file}, got ${times} times: ${find}`);
    return text.replace(find, () => replace);
  }

  /** Runs the mutant's tests until one fails. */
  async run(mutant: Mutant): Promise<{ readonly noticedBy: string | undefined; readonly seconds: number }> {
    const from = performance.now();
    const path = join(this.folder, mutant.file);
    await writeFile(path, await this.mutated(mutant));
    try {
      const noticedBy = await this.failure(mutant.tests);
      return { noticedBy, seconds: (performance.now() - from) / 1_000 };
    } finally {
      await cp(join(ROOT, mutant.file), path);
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  /** Title of the first test that fails in the copy as it is now; undefined: none does. */
  async failure(files: readonly string[], timeoutMs = TIMEOUT_MS): Promise<string | undefined> {
    const report = join(this.folder, 'report.json');
    await rm(report, { force: true });
    const args = [
      'node_modules/mocha/bin/mocha.js',
      '--import=tsx',
      '--bail',
      '--timeout',
      '60000',
      '--exit',
    ];
    const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
    const child = spawn(process.execPath, [...args, ...reporter, ...files], {
      cwd: this.folder,
      stdio: 'ignore',
      timeout: timeoutMs,
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return undefined;
    const text = await readFile(report, 'utf8').catch(() => undefined);
    // A product that does not even load, or hangs, is noticed too
    if (text === undefined)
      return code === null ? `no end within ${timeoutMs / 1_000} s` : 'the tests do not load';
    const [failure] = (JSON.parse(text) as Report).failures;
    return failure?.fullTitle ?? 'the tests end early';
  }
}
