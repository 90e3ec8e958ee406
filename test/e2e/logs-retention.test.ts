import { expect } from 'chai';
import { OutputFolder } from '../../controller/adapters/outputs/folder.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { TestInstallation, until } from './support/installation.js';
import { manifest, OPENMPI4, ringOutput } from './support/manifest.js';

const MINUTE = 60_000;
/** About 1.8 MB of four ranks. */
const LARGE = `r=$OMPI_COMM_WORLD_RANK; seq $((r * 100000)) $((r * 100000 + 20000)); head -c 300000 /dev/zero | tr '\\000' "$r"`;
const TWO = { replicas: 2 };

/** The controller is started with other flags each time. */
describe('the output of several runs, on three nodes @full', function () {
  this.timeout(3 * MINUTE);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    await mpiswarm.start();
  });

  after(async () => mpiswarm.destroy());

  const again = (token: string): string =>
    manifest('again', { workers: TWO, spec: { runPolicy: { rerun: token } } });

  async function runs(count: number): Promise<JobRecord> {
    await mpiswarm.drop('again.yaml', again(String(count)));
    return mpiswarm.waitFor(
      'default/again',
      ({ status }) => status.phase === 'done' && status.runs.length === count,
    );
  }

  /** Two jobs with much output, that end after all that went before. @returns their keys, and the size of both together. */
  async function dropLarge(): Promise<{ older: string; newer: string; size: number }> {
    const names = ['large0', 'large1'];
    for (const name of names)
      await mpiswarm.drop(`${name}.yaml`, manifest(name, { image: OPENMPI4, command: ['sh', '-c', LARGE] }));
    const ends = await Promise.all(
      names.map(async name => {
        const { status } = await mpiswarm.waitDone(`default/${name}`);
        expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
        const run = status.runs.at(-1);
        return { key: `default/${name}`, run: run?.id ?? '', endedAt: run?.endedAt ?? 0 };
      }),
    );
    const [older, newer] = ends.sort((a, b) => a.endedAt - b.endedAt).map(({ key }) => key);
    if (older === undefined || newer === undefined) throw new Error('there are no two jobs');
    const sizes = await new OutputFolder(`${mpiswarm.stateDir}/output`).stored();
    const size = ends.reduce((sum, { run }) => sum + (sizes.get(run)?.bytes ?? 0), 0);
    return { older, newer, size };
  }

  it('can be read for each run, also rank by rank', async () => {
    await runs(1);
    await runs(2);
    const { stdout } = await mpiswarm.cli('logs', 'again', '--run', '1', '--rank', '1');
    expect(stdout).to.equal('Process 1 exiting\n');
    expect(
      (await mpiswarm.cli('logs', 'again', '--run', '1')).stdout.trim().split('\n').sort(),
    ).to.deep.equal(ringOutput(2));
  });

  it('is removed by count, by size and by age, and the record says so', async () => {
    const removed = async (key: string): Promise<readonly (string | undefined)[]> =>
      (await mpiswarm.job(key))?.status.runs.map(run => run.output?.removed?.reason) ?? [];
    const becomes = (key: string, reasons: readonly (string | undefined)[]) =>
      until(`${key} ${reasons.join()}`, MINUTE, async () =>
        JSON.stringify(await removed(key)) === JSON.stringify(reasons) ? true : undefined,
      );
    const { older, newer, size } = await dropLarge();
    await mpiswarm.stop();
    await mpiswarm.start(['--keep-runs', '1']);
    await becomes('default/again', ['RunLimit', undefined]);
    const gone = await mpiswarm.cli('logs', 'again', '--run', '1');
    expect(gone.code).to.equal(1);
    expect(gone.stderr).to.match(/output of run 1 of job default\/again was removed at .*: keepRuns keeps/);
    expect((await mpiswarm.cli('describe', 'again')).stdout)
      .to.match(/^ {2}1 .* Succeeded .* removed /m)
      .and.match(/^ {2}2 .* Succeeded .* \d+(\.\d+)? K?i?B /m);
    await mpiswarm.stop();
    // Whatever ended earlier goes first, and of these two the older one
    await mpiswarm.start(['--keep-size', String(size - 1)]);
    await becomes(older, ['SizeLimit']);
    await becomes('default/again', ['RunLimit', 'SizeLimit']);
    expect(await removed(newer)).to.deep.equal([undefined]);
    await mpiswarm.stop();
    await mpiswarm.start(['--keep-age', '1s']);
    await becomes(newer, ['AgeLimit']);
    const { runs: history, outcome } = (await mpiswarm.job('default/again'))?.status ?? {};
    expect(outcome).to.equal('Succeeded');
    expect(history?.map(run => run.outcome)).to.deep.equal(['Succeeded', 'Succeeded']);
    expect([...(await new OutputFolder(`${mpiswarm.stateDir}/output`).stored()).keys()]).to.deep.equal([]);
  });
});
