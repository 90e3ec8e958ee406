import { expect } from 'chai';
import { isImageId, parseReference, registryOf } from '../../../controller/adapters/docker/reference.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the registry of an image reference', () => {
  const registries: Readonly<Record<string, string>> = {
    debian: 'docker.io',
    'debian:12': 'docker.io',
    'team/app': 'docker.io',
    'team/app:1.2': 'docker.io',
    'docker.io/library/debian': 'docker.io',
    'index.docker.io/team/app:1': 'docker.io',
    'registry:5000/app': 'registry:5000',
    'registry:5000/team/app:1': 'registry:5000',
    'ghcr.io/team/app': 'ghcr.io',
    'localhost/app': 'localhost',
    'localhost:5000/app': 'localhost:5000',
    '192.168.1.1:5000/app:1': '192.168.1.1:5000',
    [`ghcr.io/team/app@${DIGEST}`]: 'ghcr.io',
    [`app@${DIGEST}`]: 'docker.io',
  };
  for (const [image, registry] of Object.entries(registries)) {
    it(`is ${registry} for ${image}`, () => {
      expect(registryOf(image)).to.equal(registry);
      expect(parseReference(image).registry).to.equal(registry);
    });
  }
});

describe('an image reference', () => {
  const parts: Readonly<Record<string, object>> = {
    debian: { name: 'debian' },
    'debian:12': { name: 'debian', tag: '12' },
    'library/debian:12': { name: 'debian', tag: '12' },
    'docker.io/library/debian:12': { name: 'debian', tag: '12' },
    'docker.io/debian': { name: 'debian' },
    'index.docker.io/team/app': { name: 'team/app' },
    'registry:5000/app': { name: 'registry:5000/app' },
    'registry:5000/library/app:1': { name: 'registry:5000/library/app', tag: '1' },
    'a.b/c/d:e': { name: 'a.b/c/d', tag: 'e' },
    [`registry:5000/app:1@${DIGEST}`]: { name: 'registry:5000/app', digest: DIGEST },
    [`app@${DIGEST}`]: { name: 'app', digest: DIGEST },
  };
  for (const [image, expected] of Object.entries(parts)) {
    it(`${image} is taken apart as the engine does`, () => {
      const { registry, ...rest } = parseReference(image);
      expect(rest).to.deep.equal(expected);
    });
  }

  it('is distinguished from an image id', () => {
    expect(isImageId(DIGEST)).to.equal(true);
    for (const image of ['sha256', 'app', `app@${DIGEST}`, 'sha256:latest']) {
      expect(isImageId(image), image).to.equal(false);
    }
  });
});
