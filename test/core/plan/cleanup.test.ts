import { expect } from 'chai';
import type { RunStatus } from '../../../controller/core/model/record.js';
import type { SwarmWorld } from '../../../controller/core/model/world.js';
import { cleanupScope, removeRun } from '../../../controller/core/plan/cleanup.js';
import { currentRun, ended, NOW, record, swarmWorld } from '../build.js';

type Spec = Parameters<typeof record>[0];

const DONE = { outcome: 'Succeeded', reason: 'Completed' } as const;

function keep(spec: Spec, end: Partial<RunStatus> = DONE, now = NOW, deleted = false): string {
  const of = ended(record(spec), end);
  return cleanupScope(of, currentRun(of), { now, deleted });
}

describe('the leftovers of a run that has ended', () => {
  it('are the ended launcher, everything or nothing, as the clean-up policy says', () => {
    expect(keep({})).to.equal('launcher');
    expect(keep({ runPolicy: { cleanUpPolicy: 'None' } })).to.equal('all');
    expect(keep({ runPolicy: { cleanUpPolicy: 'All' } })).to.equal('nothing');
  });

  it('are removed once its time to live is over', () => {
    const spec = { runPolicy: { cleanUpPolicy: 'None', ttlSecondsAfterFinished: 60 } } as const;
    expect(keep(spec, DONE, NOW + 60_000)).to.equal('all');
    expect(keep(spec, DONE, NOW + 60_001)).to.equal('nothing');
  });

  it('are removed if it was stopped, its manifest is gone, or another run followed', () => {
    const all = { runPolicy: { cleanUpPolicy: 'None' } } as const;
    expect(keep(all, { outcome: 'Cancelled' })).to.equal('nothing');
    expect(keep(all, DONE, NOW, true)).to.equal('nothing');
    const of = ended(record(all), DONE);
    expect(cleanupScope({ ...of, generation: 2 }, currentRun(of), { now: NOW })).to.equal('nothing');
    const next = { ...currentRun(of), id: 'ring-1a2b3c4d-2', number: 2 };
    const followed = { ...of, status: { ...of.status, runs: [...of.status.runs, next] } };
    expect(cleanupScope(followed, currentRun(of), { now: NOW })).to.equal('nothing');
  });

  it('are kept completely before it ends', () => {
    const of = record({ runPolicy: { cleanUpPolicy: 'All' } });
    expect(cleanupScope(of, currentRun(of), { now: NOW })).to.equal('all');
  });
});

describe('the removal of a run', () => {
  const of = record();
  const run = currentRun(of).id;
  const foreign = {
    id: 'other',
    name: 'other',
    labels: { 'mpiswarm.dev/run': 'other-1a2b3c4d-1', 'mpiswarm.dev/role': 'workers' },
  };
  const full = swarmWorld(of);
  const world: SwarmWorld = {
    ...full,
    services: [...full.services, { ...foreign, image: '' }],
    secrets: [...full.secrets, foreign],
  };
  const runIds = [run, 'other-1a2b3c4d-1'];
  const endedTasks = (state: 'complete' | 'running') =>
    world.tasks.map(one => (one.id === 'launcher' ? { ...one, state } : one));
  const names = (swarm: SwarmWorld, what: 'all' | 'launcher' | 'nothing') =>
    removeRun({ swarm, runIds }, run, what).map(
      command => `${command.do} ${'name' in command ? command.name : run}`,
    );

  it('starts with services, and touches nothing of another run', () => {
    expect(names(world, 'nothing')).to.deep.equal([
      `remove-service ${run}-launcher`,
      `remove-service ${run}-workers`,
    ]);
  });

  it('includes secrets, configs and znodes when no service uses them any more', () => {
    const services = world.services.filter(service => service.labels['mpiswarm.dev/run'] !== run);
    expect(names({ ...world, services }, 'nothing')).to.deep.equal([
      `remove-secret ${run}-launcher`,
      `remove-secret ${run}-worker`,
      `remove-config ${run}`,
      `remove-run ${run}`,
    ]);
  });

  it('leaves the launcher that has ended, with what it uses', () => {
    const swarm = { ...world, tasks: endedTasks('complete') };
    expect(names(swarm, 'launcher')).to.deep.equal([`remove-service ${run}-workers`]);
    const services = world.services.filter(service => service.id !== 'id-workers');
    expect(names({ ...swarm, services }, 'launcher')).to.deep.equal([`remove-run ${run}`]);
  });

  it('includes a launcher that still runs: it would never end', () => {
    const swarm = { ...world, tasks: endedTasks('running') };
    expect(names(swarm, 'launcher')).to.have.members([
      `remove-service ${run}-launcher`,
      `remove-service ${run}-workers`,
    ]);
  });

  it('is empty when everything is kept', () => {
    expect(names(world, 'all')).to.deep.equal([]);
  });
});
