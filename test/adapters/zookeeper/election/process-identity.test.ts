import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import {
  hasEnded,
  thisProcess,
} from '../../../../controller/adapters/zookeeper/election/process-identity.js';

describe('whether a process has ended', () => {
  const self = thisProcess();

  it('is known of one of this machine', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const other = { ...self, pid: child.pid ?? 0, startedAt: undefined };
    const { startedAt: _, ...seen } = other;
    expect(hasEnded(seen)).to.equal(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(seen)).to.equal(true);
  });

  it('is known when its number was given to another one', () => {
    expect(hasEnded(self)).to.equal(false);
    expect(hasEnded({ ...self, startedAt: '1' })).to.equal(true);
  });

  it('is not known of one of another machine, or of who knows where', () => {
    const gone = 4_194_303;
    expect(hasEnded({ ...self, pid: gone })).to.equal(true);
    expect(hasEnded({ ...self, pid: gone, machine: 'another' })).to.equal(false);
    expect(hasEnded({ pid: gone })).to.equal(false);
  });
});
