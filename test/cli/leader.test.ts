import { expect } from 'chai';
import { leadershipLines } from '../../controller/cli/progress/leadership-lines.js';
import type { LeadershipState } from '../../controller/ports/leadership.js';
import { cli } from './fake-ports.js';
import { T0 } from './samples.js';

const controllers = [
  { host: 'n1', pid: 41, since: T0 - 60_000, term: { epoch: 3 } },
  { host: 'n2', pid: 7, since: T0 },
];

describe('mpiswarm leader', () => {
  it('lists who leads and who would take over', async () => {
    expect(await cli(['leader'], { controllers })).to.deep.equal({
      code: 0,
      stdout:
        'ROLE      HOST   PID   SINCE   EPOCH\n' +
        'leader    n1     41    66s     3\n' +
        'standby   n2     7     6s      -\n',
      stderr: '',
    });
  });

  it('can be read by programs', async () => {
    const { stdout } = await cli(['leader', '-o', 'json'], { controllers });
    expect(JSON.parse(stdout)).to.deep.equal([
      { role: 'leader', host: 'n1', pid: 41, since: '2026-11-23T11:59:00Z', epoch: 3 },
      { role: 'standby', host: 'n2', pid: 7, since: '2026-11-23T12:00:00Z' },
    ]);
  });

  it('ends with 1 when there is no leader', async () => {
    expect(await cli(['leader'])).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'no controller leads; start one with mpiswarm up\n',
    });
  });
});

describe('what a controller prints about leadership', () => {
  const lead = (epoch: number): LeadershipState => ({ role: 'leader', term: { epoch } });
  const nobody: LeadershipState = { role: 'standby' };
  const behind: LeadershipState = { role: 'standby', leader: { host: 'n1', pid: 41, since: T0 } };
  const told = (...standings: readonly LeadershipState[]) => {
    const line = leadershipLines();
    return standings.flatMap(standing => line(standing) ?? []).map(({ level, text }) => `${level} ${text}`);
  };

  it('is nothing while it is the only controller', () => {
    expect(told(nobody, lead(1), lead(1))).to.deep.equal(['debug leading, epoch 1']);
  });

  it('is one line when it is on standby, and one when it takes over', () => {
    expect(told(nobody, behind, behind, nobody, lead(4))).to.deep.equal([
      'info on standby: n1 (process 41) leads since 2026-11-23T12:00:00Z',
      'info leading, epoch 4',
    ]);
  });

  it('is a warning when it no longer leads', () => {
    expect(told(lead(1), nobody, behind)).to.deep.equal([
      'debug leading, epoch 1',
      'warn on standby: no longer leading',
      'info on standby: n1 (process 41) leads since 2026-11-23T12:00:00Z',
    ]);
  });

  it('is an error when it cannot take its place in the line', () => {
    expect(told({ role: 'standby', problem: 'create /mpiswarm: not permitted' })).to.deep.equal([
      'error on standby: create /mpiswarm: not permitted',
    ]);
  });
});
