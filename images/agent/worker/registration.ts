import { errorMessage } from '../../../controller/shared/error-message.js';
import { given } from '../../../controller/shared/given.js';
import type { Registration } from '../../../controller/shared/protocol/protocol.js';
import { groupAt } from '../../../controller/shared/protocol/run-groups.js';
import type { Identity } from '../runtime/identity.js';
import { interfaceOf } from './address.js';
import { freePorts } from './free-ports.js';
import { freeDisk, resources } from './resources.js';

/**
 * What a worker registers, but for what is found out later. Asked for once in the life of a container, so that ports stay the same
 * when it has to register again.
 * @param address on the run's overlay; undefined where the container has none, and then no ports are looked for.
 */
export async function ownRegistration(
  { spec, task, node }: Identity,
  index: number,
  address: string | undefined,
): Promise<Registration> {
  const group = groupAt(spec, index);
  const device = interfaceOf(address ?? '');
  const diskBytes = freeDisk('/');
  const base: Registration = {
    ...{ index, task, node, address: address ?? '', port: spec.sshPort },
    ...given({ interface: device }),
    slots: group?.slots ?? spec.slotsPerWorker,
    ...given({ group: group?.name }),
    // No limit, as in what is imported from Twister2, is no reason not to know what the worker was given.
    resources: {
      ...(group ?? spec).requests,
      ...resources(),
      ...given({ diskBytes }),
    },
  };
  const names = (group ?? spec).ports ?? [];
  if (address === undefined || names.length === 0) return base;
  try {
    return { ...base, ports: await freePorts(names, address, [spec.sshPort]) };
  } catch (error) {
    return { ...base, fault: errorMessage(error) };
  }
}
