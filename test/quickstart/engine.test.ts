import { expect } from 'chai';
import { type EngineFacts, noAnswer, unsuited } from '../../scripts/lib/engine.js';

const HOST = 'unix:///var/run/docker.sock';

/** Debian 12's docker.io, in no swarm. */
const USUAL: EngineFacts = {
  parts: ['Engine', 'containerd', 'runc'],
  version: '20.10.24',
  apiVersion: '1.41',
  os: 'linux',
  security: ['name=seccomp,profile=default'],
  nodes: 0,
};

describe('the Docker Engine of the quick start', () => {
  it('may be in no swarm, or the only node of its own', () => {
    expect(unsuited(HOST, USUAL)).to.equal(undefined);
    expect(unsuited(HOST, { ...USUAL, nodes: 1, version: '28.2.2', apiVersion: '1.50' })).to.equal(undefined);
  });

  const refused: readonly (readonly [string, Partial<EngineFacts>, string])[] = [
    ['is Podman', { parts: ['Podman Engine'], version: '4.3.1' }, 'is Podman, which has no Swarm mode'],
    ['runs Windows', { os: 'windows' }, 'runs windows containers, and Linux ones are needed'],
    [
      'is too old',
      { version: '19.03.15', apiVersion: '1.40' },
      'is Docker 19.03.15, and 20.10 or later is needed',
    ],
    ['is rootless', { security: ['name=rootless'] }, 'is rootless Docker, which has no overlay networks'],
    ['has other nodes', { nodes: 3 }, 'belongs to a swarm of 3 nodes'],
  ];
  for (const [title, facts, words] of refused) {
    it(`is refused in one sentence where it ${title}`, () => {
      const sentence = unsuited(HOST, { ...USUAL, ...facts });
      expect(sentence).to.include(`the engine at ${HOST} ${words}`).and.not.include('\n');
    });
  }

  it('that lets the user in by group says which group', () => {
    const error = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(noAnswer(HOST, error, 'ada')).to.equal(
      `user ada may not use the Docker Engine at ${HOST}: add the user to the group docker (sudo usermod -aG docker ada) and log in again`,
    );
  });
});
