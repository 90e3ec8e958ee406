/** What is wrong with an IPv4 network in CIDR notation ("must be …, got …"), or undefined when nothing is. */
export function cidrProblem(text: string): string | undefined {
  const fail = (expected: string) => `must be ${expected}, got ${JSON.stringify(text.slice(0, 40))}`;
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [a, b, c, d, prefix] = (match?.slice(1) ?? []).map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined || prefix === undefined) {
    return fail('an IPv4 network in CIDR notation such as 10.77.0.0/16');
  }
  if (a > 255 || b > 255 || c > 255 || d > 255 || prefix < 1 || prefix > 32) {
    return fail('an IPv4 network with octets of 0 to 255 and a prefix of 1 to 32');
  }
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const network = address - (address % 2 ** (32 - prefix));
  if (network === address) return undefined;
  const octets = [24, 16, 8, 0].map(shift => Math.floor(network / 2 ** shift) % 256);
  return fail(`the first address of its network, ${octets.join('.')}/${prefix}`);
}

/** As {@link cidrProblem}, for a subnet that must have room for a gateway and containers. */
export function subnetProblem(text: string): string | undefined {
  const problem = cidrProblem(text);
  if (problem !== undefined || Number(text.split('/')[1]) <= 29) return problem;
  return `must have a prefix of 29 or less to hold containers, got ${JSON.stringify(text)}`;
}

/** As {@link cidrProblem}, for a field that also accepts the name of an interface. Linux allows 15 characters. */
export function interfaceProblem(text: string): string | undefined {
  if (text.includes('/')) return cidrProblem(text);
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.:@-]{0,14}$/.test(text) && !/^[\d.]+$/.test(text)) return undefined;
  return `must be the name of an interface or an IPv4 network such as 10.0.1.0/24, got ${JSON.stringify(text.slice(0, 40))}`;
}

/** How many addresses an IPv4 network has: all but its own, the broadcast address and the gateway's. */
export function addressesOf(prefix: number): number {
  return Math.max(0, 2 ** (32 - prefix) - 3);
}
