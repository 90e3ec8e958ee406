import { type Registration, RUN_ZNODES } from '../../../../controller/shared/protocol/protocol.js';
import { digestAcl } from '../../../../controller/shared/zookeeper/acl.js';
import { ZooKeeperSession } from '../../../../controller/shared/zookeeper/session.js';
import type { Rig } from './rig.js';

/**
 * Registers somebody else as worker 0 of a run, with the run's own credential and all that the worker says of itself but its
 * address, for as long as `act` lasts.
 */
export async function withStranger(
  rig: Rig,
  run: string,
  address: string,
  act: () => Promise<void>,
): Promise<void> {
  const { hosts, credential } = await rig.runAccess(run);
  const session = ZooKeeperSession.connect({ hosts, credential, timeoutMs: 3_000 });
  try {
    const path = `/mpiswarm/runs/${run}/${RUN_ZNODES.workers}/0`;
    const there = await session.get(path);
    if (!there) throw new Error(`worker 0 of ${run} is not registered`);
    const said = JSON.parse(there.data.toString()) as Registration;
    const data = Buffer.from(JSON.stringify({ ...said, address }));
    await session.ephemeral(path, data, digestAcl(credential)).written();
    await act();
  } finally {
    await session.close();
  }
}
