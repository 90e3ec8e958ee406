import { setTimeout as sleep } from 'node:timers/promises';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import { LeadershipLost } from '../../../controller/ports/errors.js';
import { jobRecord } from './samples.js';

/**
 * `contender.ts PORT ROOT TIMEOUT` stands for the lead and acts all the time while it leads: it writes a record, and does what
 * ZooKeeper does not see, and tells of each.
 */
const [port, root = '', timeout] = process.argv.slice(2);
const hosts = `127.0.0.1:${port}`;
const registry = new ZooKeeperStateStore({
  hosts,
  root,
  credential: 'controller:secret',
  timeoutMs: Number(timeout),
});
const leadership = registry.campaign({ host: 'there', now: Date.now });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** Nothing else is done for longer than the session lasts. */
process.on('SIGUSR2', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(timeout) * 2);
});
let stoodBy = false;
let version: number | undefined;

for (;;) {
  const standing = leadership.state();
  if (standing.role === 'standby') {
    if (!stoodBy) say('stands by');
    stoodBy = true;
    await sleep(20);
    continue;
  }
  stoodBy = false;
  try {
    leadership.confirm(standing.term);
    say(`acted in epoch ${standing.term.epoch}`);
    version = await registry.writeJob(jobRecord('a/b'), version);
    say(`wrote version ${version}`);
  } catch (error) {
    say(error instanceof LeadershipLost ? 'was refused' : `failed: ${String(error)}`);
  }
  await sleep(5);
}
