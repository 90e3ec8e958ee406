import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** IPv4 addresses of this container, in the order the kernel lists them. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(address => address.family === 'IPv4')
    .map(address => address.address);
}

/** Name of the interface that has the address; undefined where none has. */
export function interfaceOf(address: string): string | undefined {
  return Object.entries(networkInterfaces()).find(([, all]) =>
    all?.some(one => one.address === address),
  )?.[0];
}

/**
 * The first of `addresses` that lies in one of `subnets` (CIDR notation), or undefined. The subnet decides and not
 * the interface's name: Docker promises no order of interfaces.
 */
export function addressIn(subnets: readonly string[], addresses: readonly string[]): string | undefined {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', bits = ''] = subnet.split('/');
    if (isIPv4(network)) list.addSubnet(network, Number(bits), 'ipv4');
  }
  return addresses.find(address => list.check(address, 'ipv4'));
}

/** Waits until the container has an address inside `subnets`; undefined when it has none after `waitMs`. */
export async function waitForAddress(
  subnets: readonly string[],
  waitMs: number,
  addresses: () => readonly string[] = ownAddresses,
): Promise<string | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    const found = addressIn(subnets, addresses());
    if (found !== undefined || performance.now() >= end) return found;
    await sleep(20);
  }
}
