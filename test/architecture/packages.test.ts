import { readFile } from 'node:fs/promises';
import { expect } from 'chai';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Packages of which we replace private members: any release may rename those, so an upgrade is a decision with its own tests. */
const USED_INSIDE = ['node-zookeeper-client'];

const EXACT = /^\d+\.\d+\.\d+$/;

describe('packages whose private members are replaced', () => {
  for (const name of USED_INSIDE) {
    it(`are pinned to one version in package.json and the lock file: ${name}`, async () => {
      const { dependencies } = await read<Manifest>('package.json');
      const { packages } = await read<{
        packages: Readonly<Record<string, { version?: string } & Manifest>>;
      }>('package-lock.json');
      expect(dependencies[name]).to.match(EXACT);
      expect(packages['']?.dependencies[name]).to.equal(dependencies[name]);
      expect(packages[`node_modules/${name}`]?.version).to.equal(dependencies[name]);
    });
  }
});

async function read<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')) as T;
}
