import { expect } from 'chai';
import { LeftBehind } from '../../../../controller/adapters/zookeeper/znodes/left-behind.js';
import { PortError } from '../../../../controller/ports/errors.js';
import {
  isZooKeeperError,
  ZooKeeperError,
  type ZooKeeperErrorCode,
} from '../../../../controller/shared/zookeeper/errors.js';

const REMOVED = undefined;

/** Whether the run is left behind by a removal that ends so. */
async function isLeft(left: LeftBehind, code: ZooKeeperErrorCode | typeof REMOVED): Promise<boolean> {
  const removal =
    code === REMOVED
      ? Promise.resolve()
      : Promise.reject(new ZooKeeperError(code, `remove /runs/ring-1: ${code}`));
  const error: unknown = await left.unless('ring-1', removal).then(
    () => REMOVED,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PortError) return true;
  expect(isZooKeeperError(error) ? error.code : error).to.equal(code);
  return false;
}

describe('runs that are left behind', () => {
  for (const code of ['no-auth', 'too-much', 'not-empty'] as const)
    it(`are those of which a part cannot be removed: ${code}`, async () => {
      const left = new LeftBehind();
      expect(await isLeft(left, code)).to.equal(true);
      expect([...left.among(['ring-1', 'other-1'])]).to.deep.equal([
        ['ring-1', `remove /runs/ring-1: ${code}`],
      ]);
    });

  for (const code of ['connection', 'closed', 'fenced', 'other'] as const)
    it(`are not those where ZooKeeper did not do it: ${code}`, async () => {
      const left = new LeftBehind();
      for (let tries = 0; tries < 20; tries++) expect(await isLeft(left, code)).to.equal(false);
    });

  it('are those that take too long again and again', async () => {
    const left = new LeftBehind();
    for (let tries = 1; tries < 10; tries++) expect(await isLeft(left, 'deadline')).to.equal(false);
    expect(await isLeft(left, 'connection')).to.equal(false);
    expect(await isLeft(left, 'deadline')).to.equal(true);
    expect(await isLeft(left, REMOVED)).to.equal(false);
    expect(await isLeft(left, 'deadline')).to.equal(false);
    expect(left.among(['ring-1']).size).to.equal(0);
  });

  it('are tried again after six hours', async () => {
    let now = 0;
    const left = new LeftBehind(() => now);
    await isLeft(left, 'no-auth');
    now += 6 * 3_600_000 - 1;
    expect(left.among(['ring-1']).size).to.equal(1);
    now += 1;
    expect(left.among(['ring-1']).size).to.equal(0);
  });
});
