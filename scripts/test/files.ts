import { readdirSync, readFileSync } from 'node:fs';
import type { ListedTest } from './model/suites.js';

/** Paths of all test files below the project, sorted. */
export function testFiles(): readonly string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.ts'))
    .map(file => `test/${file}`)
    .sort();
}

/** Whether the file is among the given files and folders; nothing given: all are. */
export function isAsked(file: string, paths: readonly string[]): boolean {
  return paths.length === 0 || paths.some(path => file === path || file.startsWith(`${path}/`));
}

/** Files that import the installation that several files share; they run in one process. */
export function sharesInstallation(file: string): boolean {
  return readFileSync(file, 'utf8').includes('/shared-installation.js');
}

/** The image with a JDK is several times the size of the others; tests that use it name it by this constant. */
export function usesJava({ file, title }: ListedTest): boolean {
  return title.includes('@java') || readFileSync(file, 'utf8').includes('OPENMPI_JAVA');
}
