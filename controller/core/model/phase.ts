/**
 * The rungs between `pending` and `running`, lowest first: each with the condition that shows it, and what it means that it
 * holds. This table is the only place that lists them: machine, facts, conditions, planners, the preview of the command
 * line and the docs follow from it.
 */
export const LADDER = [
  {
    phase: 'imaged',
    condition: 'ImageReady',
    holds: 'the image is resolved, and the agent is on every node that may host a container',
  },
  {
    phase: 'networked',
    condition: 'NetworkReady',
    holds:
      'the overlay network exists as the job asks for it, and ZooKeeper and the package can be reached on it',
  },
  {
    phase: 'ssh-ready',
    condition: 'SSHReady',
    holds: 'the launcher has logged into every worker by SSH over the overlay, and has checked its host key',
  },
  {
    phase: 'registered',
    condition: 'WorkersRegistered',
    holds: 'exactly the expected workers are registered, each at the address that Swarm gave it',
  },
  {
    phase: 'hostfile-written',
    condition: 'HostfileWritten',
    holds: 'the hostfile on the launcher matches the registrations byte for byte',
  },
] as const;

export type Rung = (typeof LADDER)[number]['phase'];
export type Phase = 'pending' | Rung | 'running' | 'done';

/** All phases, lowest first. */
export const PHASES: readonly Phase[] = ['pending', ...LADDER.map(({ phase }) => phase), 'running', 'done'];

/** A value for each rung. */
export function eachRung<T>(value: (rung: Rung) => T): Readonly<Record<Rung, T>> {
  return Object.fromEntries(LADDER.map(({ phase }) => [phase, value(phase)])) as Record<Rung, T>;
}
