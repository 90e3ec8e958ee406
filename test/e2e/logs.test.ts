import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { OutputFolder } from '../../controller/adapters/outputs/folder.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import type { OutputChunk } from '../../controller/ports/output-store.js';
import { openCluster } from '../../scripts/cluster/cluster.js';
import { execIn } from '../images/container.js';
import { until } from './support/installation.js';
import { manifest, OPENMPI4, OPENMPI5, ringOutput } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const MINUTE = 60_000;
const RANK = 'r=$' + '{OMPI_COMM_WORLD_RANK:-$PMIX_RANK};';

/** What each rank writes is its own, in each stream; nothing ends the last line, and bytes are any bytes. */
const SMALL = `${RANK} echo "out of $r"; echo "err of $r" >&2; printf 'last \\377\\000 of %s' "$r"`;
/** Many short lines and one very long one, from all ranks at the same time. */
const MANY = `${RANK} seq $((r * 100000)) $((r * 100000 + 4000)); head -c 30000 /dev/zero | tr '\\000' "$r"`;

function many(rank: number): string {
  const lines = Array.from({ length: 4_001 }, (_, i) => `${rank * 100_000 + i}\n`).join('');
  return lines + String(rank).repeat(30_000);
}

const digest = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the output of jobs, on three nodes', function () {
  this.timeout(3 * MINUTE);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('logs');
  });

  after(async () => mpiswarm.close());

  const sh = (script: string): readonly string[] => ['sh', '-c', script];
  const runPolicy = (policy: object) => ({ spec: { runPolicy: policy } });

  function runId({ status }: JobRecord): string {
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    return status.runs.at(-1)?.id ?? '';
  }

  /** Of what is stored of a run, the bytes of the chunks asked for. */
  async function stored(run: string, wanted: (chunk: OutputChunk) => boolean): Promise<Buffer> {
    const all: Uint8Array[] = [];
    const chunks = await new OutputFolder(`${mpiswarm.stateDir}/output`).read(run);
    if (!chunks) throw new Error(`no output of ${run} is stored`);
    for await (const chunk of chunks) if (wanted(chunk)) all.push(Buffer.from(chunk.data));
    return Buffer.concat(all);
  }

  const ofRank = (run: string, rank: number, stream: OutputChunk['stream']): Promise<Buffer> =>
    stored(run, chunk => chunk.rank === rank && chunk.stream === stream);

  const small = (name: string, image: string): string =>
    manifest(name, { image, command: sh(SMALL), ...runPolicy({ cleanUpPolicy: 'All' }) });

  /** The bytes of each rank's streams, after all containers are gone. */
  async function isReadRankByRank(name: string, record: JobRecord): Promise<void> {
    const run = runId(record);
    for (const rank of [0, 1, 2, 3]) {
      expect((await ofRank(run, rank, 'stdout')).toString('latin1')).to.equal(
        `out of ${rank}\nlast \u00ff\u0000 of ${rank}`,
      );
      expect((await ofRank(run, rank, 'stderr')).toString()).to.equal(`err of ${rank}\n`);
    }
    const { stdout, stderr } = await mpiswarm.cli('logs', name, '--rank', '2');
    expect(stdout).to.contain('out of 2\nlast').and.not.contain('out of 1');
    expect(stderr).to.equal('err of 2\n');
    const both = await mpiswarm.cli('logs', name, '--rank', '1,3', '--prefix');
    expect(both.stdout.split('\n').filter(line => /^\[[13]\] /.test(line))).to.have.length(4);
  }

  it('can be read rank by rank, stream by stream, after all containers are gone', async () => {
    await mpiswarm.drop('small0.yaml', small('small0', OPENMPI5));
    await isReadRankByRank('small0', await mpiswarm.waitDone('default/small0'));
  });

  describe('in other cases @full', () => {
    let ended: Ended;
    const images = [OPENMPI5, OPENMPI4];

    before(() => {
      const texts = images.flatMap((image, i) => {
        const workers = { replicas: 2, slots: 2 };
        const spec = { launcher: { mode: 'Worker0' }, runPolicy: { ttlSecondsAfterFinished: 1 } };
        return [
          [`many${i}`, manifest(`many${i}`, { image, command: sh(MANY) })],
          [`zero${i}`, manifest(`zero${i}`, { image, spec, workers })],
        ] as const;
      });
      ended = together(mpiswarm, { small1: small('small1', OPENMPI4), ...Object.fromEntries(texts) });
    });

    it('can be read rank by rank with Open MPI 4 too', async () =>
      isReadRankByRank('small1', await ended('small1')));

    for (const [i, image] of images.entries()) {
      it(`is separated by rank, however much all write at once: ${image}`, async () => {
        const run = runId(await ended(`many${i}`));
        for (const rank of [0, 1, 2, 3]) {
          const own = await ofRank(run, rank, 'stdout');
          expect(own.length, `bytes of rank ${rank}`).to.equal(many(rank).length);
          expect(digest(own), `rank ${rank}`).to.equal(digest(many(rank)));
        }
        const joint = (await stored(run, chunk => chunk.rank === undefined)).length;
        const wrote = [0, 1, 2, 3].reduce((sum, rank) => sum + many(rank).length, 0);
        // Open MPI 5.0.7 passes on less than all of it when the machine is busy
        if (image === OPENMPI4) expect(joint).to.equal(wrote);
        const { stderr } = await mpiswarm.cli('logs', `many${i}`);
        expect(stderr.includes(`passed on ${joint} bytes, and its ranks wrote ${wrote}`)).to.equal(
          joint < wrote,
        );
      });

      it(`is separated by rank with worker 0 as the launcher too: ${image}`, async () => {
        const run = runId(await ended(`zero${i}`));
        expect((await mpiswarm.output(run)).trim().split('\n').sort()).to.deep.equal(ringOutput(4));
        await until('everything of the run is gone', MINUTE, async () =>
          (await mpiswarm.world()).runIds.includes(run) ? undefined : true,
        );
        for (const rank of [1, 2, 3]) {
          const { stdout } = await mpiswarm.cli('logs', `zero${i}`, '--rank', String(rank));
          expect(stdout).to.equal(`Process ${rank} exiting\n`);
        }
        expect((await mpiswarm.cli('logs', `zero${i}`, '--rank', '0')).stdout).to.contain(
          'Process 0 sending',
        );
        const { stdout } = await mpiswarm.cli('describe', `zero${i}`);
        expect(stdout)
          .to.match(/^Outcome: +Succeeded$/m)
          .and.match(/^ +0-1 +0 +\S+$/m);
        expect(stdout).to.match(/^ +1 +1 +Succeeded +0 .* Completed: mpirun exited with code 0$/m);
      });

      it(`can be followed while the job runs, for all ranks and for one: ${image}`, async () => {
        // Each rank goes on when its host has the file
        const script = `${RANK} echo "begin of $r"; until [ -e /tmp/go ]; do sleep 0.2; done; echo "end of $r"`;
        const name = `live${i}`;
        await mpiswarm.drop(`${name}.yaml`, manifest(name, { image, command: sh(script) }));
        const [all, one] = [
          ['logs', '-f'],
          ['logs', '-f', '--rank', '1'],
        ].map(argv => mpiswarm.follow(...argv, name));
        if (!all || !one) throw new Error('nothing follows');
        await until('the first lines', MINUTE, async () =>
          all.stdout().includes('begin of 3\n') && one.stdout() === 'begin of 1\n' ? true : undefined,
        );
        expect((await mpiswarm.job(`default/${name}`))?.status.outcome).to.equal(undefined);
        expect((await mpiswarm.cli('logs', name, '--rank', '2')).stdout).to.equal('begin of 2\n');
        await inWorkersOf(`default/${name}`, ['touch', '/tmp/go']);
        await mpiswarm.waitDone(`default/${name}`);
        expect(await all.ended).to.equal(0);
        expect(await one.ended).to.equal(0);
        expect(one.stdout()).to.equal('begin of 1\nend of 1\n');
        expect(all.stdout().trim().split('\n')).to.have.length(8);
      });
    }
  });
});

/** Runs a command in every container of the job's workers, on whatever node. */
async function inWorkersOf(key: string, command: readonly string[]): Promise<void> {
  const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
  const filters = { label: [`${LABEL.job}=${key}`, `${LABEL.role}=workers`] };
  for (const node of cluster.nodes.keys()) {
    const docker = cluster.docker(node);
    for (const { Id } of await docker.listContainers({ filters }))
      await execIn(docker, docker.getContainer(Id), [...command]);
  }
}
