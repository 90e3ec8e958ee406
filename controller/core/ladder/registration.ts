import type { Reason } from '../model/reason.js';
import type { RunView, WorkerView } from '../observed/run-view.js';

/** Why the registered workers are not exactly those that are expected, each at the address that Swarm gave it. */
export function registered({ workers, znodes }: RunView): readonly Reason[] {
  const strangers = (znodes?.registrations ?? []).filter(r => r.index >= workers.length || r.index < 0);
  return [
    ...workers.flatMap(worker => {
      const reason = registrationReason(worker);
      return reason ? [{ ...reason, about: worker.name }] : [];
    }),
    ...strangers.map(r => ({
      reason: 'UnexpectedWorker' as const,
      message: `unexpected worker ${r.index} registered`,
      about: `worker ${r.index}`,
    })),
  ];
}

function registrationReason({ name, task, address, registration }: WorkerView): Reason | undefined {
  if (!registration || registration.waiting !== undefined)
    return { reason: 'NotRegistered', message: `${name} is not registered` };
  if (task && registration.task !== task.id) {
    return {
      reason: 'StaleRegistration',
      message: `${name} is registered by a container that was replaced`,
    };
  }
  if (registration.address !== address) {
    return {
      reason: 'AddressMismatch',
      message: `${name} registered ${registration.address}, Swarm gave it ${address || 'no address'}`,
    };
  }
  return undefined;
}
