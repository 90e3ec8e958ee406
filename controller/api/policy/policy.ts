import * as v from 'valibot';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { readCpu, readMemory } from '../types/quantity.js';

/** What jobs of a namespace may have. A key that is absent limits nothing. */
export type NamespacePolicy = v.InferOutput<typeof NAMESPACE>;

/** The operator's policy: what each namespace may have. */
export interface Policy {
  readonly namespaces: Readonly<Record<string, NamespacePolicy>>;
  /** For namespaces that are not named; absent: they may not be used. */
  readonly default?: NamespacePolicy | undefined;
}

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  /** What is wrong with it and where, for a person. */
  | { readonly ok: false; readonly problem: string };

const positive = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
);
const patterns = v.array(
  v.pipe(v.string('must be text'), v.minLength(1, 'must not be empty')),
  'must be a list',
);
const cpu = quantity(readCpu);
const memory = quantity(readMemory);

const NAMESPACE = v.strictObject(
  {
    folder: v.optional(
      v.pipe(
        v.string('must be text'),
        v.regex(/^[^/.][^/]*(\/[^/.][^/]*)*$/, 'must be a folder below the manifest folder, such as team-a'),
      ),
    ),
    images: v.optional(patterns),
    users: v.optional(patterns),
    volumes: v.optional(patterns),
    networks: v.optional(patterns),
    maxWorkers: v.optional(positive),
    maxCpu: v.optional(cpu),
    maxMemory: v.optional(memory),
    maxSeconds: v.optional(positive),
    maxOutput: v.optional(memory),
  },
  mapping(
    'folder, images, users, volumes, networks, maxWorkers, maxCpu, maxMemory, maxSeconds and maxOutput',
  ),
);

const POLICY = v.strictObject(
  {
    namespaces: v.optional(v.record(v.string(), NAMESPACE, 'must be a mapping of namespaces'), {}),
    default: v.optional(NAMESPACE),
  },
  mapping('namespaces and default'),
);

/** Far more than all namespaces need. */
const MAX_CHARACTERS = 1024 * 1024;

/** Reads a policy. Never throws. */
export function parsePolicy(text: string, file: string): ParsedPolicy {
  const fail = (problem: string): ParsedPolicy => ({ ok: false, problem: `${file}${problem}` });
  if (text.length > MAX_CHARACTERS) return fail(`: a policy must have at most ${MAX_CHARACTERS} characters`);
  const lineCounter = new LineCounter();
  const options = { lineCounter, prettyErrors: false, logLevel: 'silent', stringKeys: true } as const;
  const document = parseDocument(text, options);
  const line = (offset: number): string => `:${Math.max(lineCounter.linePos(offset).line, 1)}`;
  const fault = [...document.errors, ...document.warnings][0];
  if (fault) return fail(`${line(fault.pos[0])}: ${fault.message.split('\n')[0] ?? ''}`);
  const alias = firstAlias(document);
  if (alias !== undefined) return fail(`${line(alias)}: aliases are not accepted, write the value out`);
  const parsed = v.safeParse(POLICY, document.toJS());
  if (parsed.success) return { ok: true, policy: parsed.output };
  const [issue] = parsed.issues;
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const at = document.getIn(path, true) as { readonly range?: readonly [number, number, number] } | undefined;
  const where = at?.range ? line(at.range[0]) : '';
  return fail(`${where}: ${path.length === 0 ? 'the policy' : path.join('.')} ${issue.message}`);
}

function mapping(keys: string) {
  return ({ expected }: { readonly expected: string | null }): string =>
    expected === 'never'
      ? `is no key of a policy; there are ${keys}`
      : `must be a mapping with the keys ${keys}`;
}

function firstAlias(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias: (_, { range }) => {
      found = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

function quantity(read: typeof readCpu) {
  const amount = v.union([v.string(), v.number()], 'must be a quantity');
  return v.pipe(
    amount,
    v.transform(String),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const found = read(dataset.value);
      if (!found.ok) addIssue({ message: found.error });
    }),
  );
}
