/** A quantity that was read, or what is wrong with it ("must be …, got …"). */
export type Quantity =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly error: string };

interface Unit {
  /** How much of the result one is: nano-cpus for cpu, bytes for memory. */
  readonly scale: bigint;
  readonly minimum: bigint;
  /** The minimum, as a person would write it. */
  readonly minimumText: string;
  readonly expected: string;
}

/** Swarm refuses reservations and limits under a thousandth of a cpu. */
const CPU: Unit = {
  scale: 1_000_000_000n,
  minimum: 1_000_000n,
  minimumText: '1m',
  expected: 'a cpu quantity such as 500m or 2',
};

/** Swarm refuses reservations and limits under 4 MiB. */
const MEMORY: Unit = {
  scale: 1n,
  minimum: 4_194_304n,
  minimumText: '4Mi',
  expected: 'a memory quantity such as 512Mi or 1G',
};

/** Suffixes as powers of 1000 and 1024 (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Nano-cpus, rounded up, of a Kubernetes cpu quantity: `500m` is 500,000,000. */
export function readCpu(text: string): Quantity {
  return read(text, CPU);
}

/** Bytes, rounded up, of a Kubernetes memory quantity: `512Mi` is 536,870,912. */
export function readMemory(text: string): Quantity {
  return read(text, MEMORY);
}

/** As {@link readCpu}, for text that was validated; throws RangeError for any other. */
export function parseCpu(text: string): number {
  return amountOf(readCpu(text));
}

/** As {@link readMemory}, for text that was validated; throws RangeError for any other. */
export function parseMemory(text: string): number {
  return amountOf(readMemory(text));
}

/** What is wrong with a text that should be a part of a whole, or undefined: `0.8`, `1`. */
export function fractionProblem(text: string): string | undefined {
  const fraction = /^\d?(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (fraction > 0 && fraction <= 1) return undefined;
  return `must be a number greater than 0 and at most 1, such as 0.8, got ${JSON.stringify(text.slice(0, 40))}`;
}

function amountOf(quantity: Quantity): number {
  if (quantity.ok) return quantity.value;
  throw new RangeError(quantity.error);
}

function read(text: string, unit: Unit): Quantity {
  const fail = (expected: string, meant = ''): Quantity => ({
    ok: false,
    error: `must be ${expected}, got ${JSON.stringify(text.slice(0, 40))}${meant}`,
  });
  const match = /^(\d{1,30})(?:\.(\d{1,30}))?(?:([a-zA-Z]{0,2})|[eE]([+-]?\d{1,2}))$/.exec(text);
  if (match === null) return fail(unit.expected);
  const [, whole = '', fraction = '', suffix = '', exponent = '0'] = match;
  const factor = factorOf(suffix);
  if (factor === undefined) return fail(unit.expected, suggestion(text, suffix));
  const power = Number(exponent) - fraction.length;
  const numerator = BigInt(whole + fraction) * factor.up * unit.scale * 10n ** BigInt(Math.max(power, 0));
  const divisor = factor.down * 10n ** BigInt(Math.max(-power, 0));
  const value = (numerator + divisor - 1n) / divisor;
  if (value < unit.minimum) return fail(`at least ${unit.minimumText}`);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return fail('a smaller quantity');
  return { ok: true, value: Number(value) };
}

function factorOf(suffix: string): { readonly up: bigint; readonly down: bigint } | undefined {
  const decimal = DECIMAL.indexOf(suffix) - DECIMAL.indexOf('');
  if (DECIMAL.includes(suffix)) {
    return decimal < 0
      ? { up: 1n, down: 1000n ** BigInt(-decimal) }
      : { up: 1000n ** BigInt(decimal), down: 1n };
  }
  const binary = BINARY.indexOf(suffix);
  return binary < 0 ? undefined : { up: 1024n ** BigInt(binary), down: 1n };
}

/** `512MB` and `512mb` are what people write who mean `512M`. */
function suggestion(text: string, suffix: string): string {
  const letter = suffix.charAt(0);
  const meant = letter.toLowerCase() === 'k' ? 'k' : letter.toUpperCase();
  if (!/^[kKmMgGtT][bB]?$/.test(suffix)) return '';
  return `, did you mean ${text.slice(0, -suffix.length)}${meant}?`;
}
