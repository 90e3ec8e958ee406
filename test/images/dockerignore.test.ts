import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CONTEXT } from '../../scripts/images/catalogue.js';

describe('the context of the images', () => {
  const allowed = readFileSync(join(CONTEXT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('!'))
    .map(line => line.slice(1));

  it('lets docker build have all that the Dockerfiles copy', () => {
    const dockerfiles = readdirSync(CONTEXT, { recursive: true, encoding: 'utf8' }).filter(path =>
      path.endsWith('/Dockerfile'),
    );
    const copied = dockerfiles.flatMap(path =>
      readFileSync(join(CONTEXT, path), 'utf8')
        .split('\n')
        .filter(line => line.startsWith('COPY ') && !line.includes('--from='))
        .flatMap(line => line.split(' ').slice(1, -1)),
    );
    expect(copied).to.include('openmpi-source/javah').and.to.include('examples/*.c');
    for (const source of copied.map(path => path.replace(/\/$/, '')))
      expect(
        allowed.some(path => path === source || source.startsWith(`${path}/`)),
        source,
      ).to.equal(true);
  });
});
