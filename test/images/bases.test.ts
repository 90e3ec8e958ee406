import { expect } from 'chai';
import { MissingRequirement } from '../../scripts/cluster/requirements.js';
import { type DebootstrapMachine, requireDebootstrap } from '../../scripts/images/bases.js';

const DEBIAN: DebootstrapMachine = { root: true, debian: true, lack: undefined };
const TRIXIE = { ref: 'debian:trixie-slim', problem: 'no answer from the registry within 8 s' };
const BOOKWORM = { ref: 'debian:bookworm-slim', problem: 'connection refused' };

describe('a base image that is not there and cannot be pulled', () => {
  it('is made with debootstrap by root on Debian', () => {
    expect(() => requireDebootstrap([TRIXIE, BOOKWORM], DEBIAN)).not.to.throw();
  });

  it('needs nothing on the machine when no base image is missing', () => {
    expect(() => requireDebootstrap([], { root: false, debian: false, lack: 'tar' })).not.to.throw();
  });

  const refused: readonly (readonly [string, Partial<DebootstrapMachine>, string])[] = [
    ['another user than root', { root: false, debian: false }, 'needs root and Debian'],
    ['another distribution', { debian: false }, 'needs Debian'],
    ['a machine without debootstrap', { lack: 'debootstrap' }, 'needs debootstrap'],
  ];
  for (const [title, machine, words] of refused) {
    it(`is named in one sentence to ${title}`, () => {
      const attempt = (): void => requireDebootstrap([TRIXIE], { ...DEBIAN, ...machine });
      expect(attempt).to.throw(
        MissingRequirement,
        `debian:trixie-slim is not on the Docker Engine and cannot be pulled (no answer from the registry within 8 s); pull or load it there, as making it here ${words}`,
      );
    });
  }

  it('is named with the others', () => {
    expect(() => requireDebootstrap([TRIXIE, BOOKWORM], { ...DEBIAN, root: false })).to.throw(
      'debian:trixie-slim and debian:bookworm-slim are not on the Docker Engine',
    );
  });
});
