import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Everywhere, startEverywhere } from '../../images/agent/exec/everywhere.js';
import { type Order, orders } from '../../images/agent/exec/orders.js';
import { type Ranks, startRanks } from '../../images/agent/exec/ranks.js';
import { eventually } from './machine.js';

describe('a command without mpirun', function () {
  this.timeout(20_000);
  let folder: string;
  let said: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpiswarm-each-'));
    said = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');
  const there = (name: string) =>
    eventually(async () => (existsSync(join(folder, name)) ? true : undefined), name);

  describe('reads its hostfile', () => {
    it('and fills the slots of the workers in its order', () => {
      const all = orders('10.0.1.3 slots=1\n10.0.1.9 slots=2\n', ['date', '-u'], '/work');
      const shared = { argv: ['date', '-u'], cwd: '/work', workers: 2, ranks: 3 };
      expect(all).to.deep.equal([
        { address: '10.0.1.3', order: { ...shared, worker: 0, first: 0, count: 1 } },
        { address: '10.0.1.9', order: { ...shared, worker: 1, first: 1, count: 2 } },
      ]);
    });

    it('and refuses what is not a hostfile', () => {
      expect(() => orders('10.0.1.3\n', ['date'], '/')).to.throw(
        'expected "ADDRESS slots=N", got "10.0.1.3"',
      );
    });
  });

  describe('on one worker', () => {
    const started: Ranks[] = [];
    function start(script: string, count = 2, graceMs = 200): Ranks {
      const order: Order = {
        argv: ['sh', '-c', script],
        ...{ cwd: folder, worker: 1, workers: 2, first: 3, count, ranks: 5 },
      };
      const env = { PATH: process.env['PATH'], OUT: folder };
      const ranks = startRanks({
        ...{ order, recorder: '/usr/bin/env', env, graceMs },
        say: line => void said.push(line),
      });
      started.push(ranks);
      return ranks;
    }
    afterEach(async () => {
      for (const ranks of started) ranks.end();
      await Promise.all(started.splice(0).map(({ ended }) => ended));
    });

    it('knows its place', async () => {
      const script =
        'echo "$MPISWARM_RANK/$MPISWARM_RANKS $MPISWARM_LOCAL_RANK $MPISWARM_WORKER/$MPISWARM_WORKERS" > $OUT/$MPISWARM_RANK';
      expect(await start(script).ended).to.equal(0);
      expect(await text('3')).to.equal('3/5 0 1/2\n');
      expect(await text('4')).to.equal('4/5 1 1/2\n');
      expect(said).to.deep.equal([]);
    });

    it('is ended on all slots when it fails on one, and says where', async () => {
      const script = 'if [ $MPISWARM_RANK = 4 ]; then exit 7; fi; trap "exit 0" TERM; sleep 15 & wait';
      const began = performance.now();
      expect(await start(script).ended).to.equal(7);
      expect(performance.now() - began).to.be.below(5_000);
      expect(said).to.deep.equal(['mpiswarm: rank 4 on worker 1 exited with code 7']);
    });

    it('gets a signal in all its processes, and may go on', async () => {
      const ranks = start(
        'trap "touch $OUT/got" USR1; touch $OUT/up; while ! [ -e $OUT/got ]; do sleep 0.05; done; exit 0',
        1,
      );
      await there('up');
      ranks.signal('SIGUSR1');
      expect(await ranks.ended).to.equal(0);
    });

    it('is killed when it does not end in time', async () => {
      const ranks = start('trap "" TERM; touch $OUT/up; while :; do sleep 0.05; done', 1);
      await there('up');
      ranks.end();
      expect(await ranks.ended).to.equal(137);
      expect(said, 'it was asked to end').to.deep.equal([]);
    });
  });

  describe('on every worker', () => {
    const started: Everywhere[] = [];
    /** `ssh` runs the command here, and is lost where the script says so. */
    async function start(script: string, workers: number, limitMs = 5_000): Promise<Everywhere> {
      const ssh = join(folder, 'ssh');
      // ssh -E LOG ADDRESS COMMAND…
      await writeFile(ssh, '#!/bin/sh\nlog=$2\naddress=$3\nshift 3\nexport log address\nexec "$@"\n');
      await chmod(ssh, 0o755);
      const hosts = Array.from({ length: workers }, (_, i) => `10.0.0.${i} slots=1\n`).join('');
      const everywhere = startEverywhere({
        orders: orders(hosts, ['date'], folder),
        ssh: [ssh],
        remote: ['sh', '-c', `OUT=${folder}; read -r order; ${script}`],
        ...{ limitMs, logs: folder },
        say: line => void said.push(line),
      });
      started.push(everywhere);
      return everywhere;
    }
    afterEach(() => Promise.all(started.splice(0).map(({ ended }) => ended)));

    it('is done once it ran on all of them', async () => {
      const all = await start('echo "$order" > $OUT/$address', 3);
      expect(await all.ended).to.equal(0);
      const order = { argv: ['date'], cwd: folder, worker: 2, workers: 3, first: 2, count: 1, ranks: 3 };
      expect(JSON.parse(await text('10.0.0.2'))).to.deep.equal(order);
    });

    it('ends with the first code that is not 0, and the end of their input ends the others', async () => {
      const all = await start(
        'if [ $address = 10.0.0.1 ]; then sleep 0.2; exit 3; fi; read -r more; touch $OUT/$address; exit 9',
        3,
      );
      expect(await all.ended).to.equal(3);
      expect([await text('10.0.0.0'), await text('10.0.0.2')].length, 'both were told').to.equal(2);
      expect(existsSync(join(folder, '10.0.0.0')) && existsSync(join(folder, '10.0.0.2'))).to.equal(true);
      expect(said).to.deep.equal([]);
    });

    it('gets signals by name', async () => {
      const all = await start('touch $OUT/up; read -r name; echo $name > $OUT/name; exit 4', 1);
      await there('up');
      all.signal('SIGUSR1');
      expect(await all.ended).to.equal(4);
      expect(await text('name')).to.equal('SIGUSR1\n');
    });

    it('says which worker was lost, in words by which the controller asks Swarm for it', async () => {
      const all = await start('echo "Connection closed by 10.0.0.0 port 2022" > $log; exit 255', 1);
      expect(await all.ended).to.equal(255);
      expect(said).to.deep.equal([
        'mpiswarm: connection to worker 0 at 10.0.0.0 lost: Connection closed by 10.0.0.0 port 2022',
      ]);
    });

    it('does not count a worker as lost when the program itself exits with 255', async () => {
      const all = await start('exit 255', 1);
      expect(await all.ended).to.equal(255);
      expect(said).to.deep.equal([]);
    });

    it('does not wait forever for a worker that no longer responds', async () => {
      const began = performance.now();
      const all = await start('if [ $address = 10.0.0.1 ]; then exit 3; fi; exec sleep 15', 2, 300);
      expect(await all.ended).to.equal(3);
      await sleep(0);
      expect(performance.now() - began).to.be.below(5_000);
    });
  });
});
