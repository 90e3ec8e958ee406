import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The libraries that a program needs in an empty container. */
export interface Libraries {
  /** Absolute path of the dynamic loader; undefined for a program that is linked statically. */
  readonly loader?: string;
  /** Absolute paths, sorted, the loader among them. */
  readonly files: readonly string[];
}

const LDD_MS = 10_000;

/**
 * Parts of glibc that it opens by name to look up hosts; ldd doesn't show them. Since 2.34 they are in the C library
 * itself.
 */
const OPENED_BY_NAME = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/** Asks ldd(1) for the libraries of a program. Throws when one of them is missing. */
export async function librariesOf(program: string): Promise<Libraries> {
  return parseLdd(await ldd(program), existsSync);
}

/** Parses the output of glibc's or musl's ldd; empty output means a static program. */
export function parseLdd(output: string, exists: (path: string) => boolean): Libraries {
  const missing = /^\s*(\S+) => not found/m.exec(output)?.[1];
  if (missing !== undefined) throw new Error(`the library ${missing} is not found`);
  const paths = output.split('\n').flatMap(line => {
    const path = /(?:=>\s*)?(\/\S+)\s+\(0x[0-9a-f]+\)\s*$/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
  if (paths.length === 0) return { files: [] };
  const loader = paths.find(path => /^ld[-.]/.test(basename(path)) || /^ld\d+\./.test(basename(path)));
  if (loader === undefined) throw new Error(`no dynamic loader among ${paths.join(', ')}`);
  const libc = paths.find(path => basename(path) === 'libc.so.6');
  const opened =
    libc === undefined ? [] : OPENED_BY_NAME.map(name => join(dirname(libc), name)).filter(exists);
  return { loader, files: [...new Set([...paths, ...opened])].sort() };
}

function ldd(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'ldd',
      [program],
      { timeout: LDD_MS, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (/not a dynamic executable|not a valid dynamic program/i.test(stdout + stderr)) resolve('');
        else reject(new Error(`ldd ${program}: ${stderr.trim() || error.message}`, { cause: error }));
      },
    );
  });
}
