import { Ajv, type ErrorObject } from 'ajv';
import { fromList, LIST_SCHEMA, withList } from '../types/groups.js';
import type { MPIJob } from '../types/mpijob.js';
import { SCHEMA } from '../types/schema.js';
import type { Path } from '../types/text.js';
import { asWritten } from '../yaml/as-written.js';
import { type Fault, pointer, type Spot, type Tree } from '../yaml/tree.js';
import { explain } from './explain.js';
import { FORMATS } from './formats.js';
import { rules } from './rules.js';

export type Validation =
  | { readonly ok: true; readonly manifest: MPIJob }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const ANY_OF = 'x-mpiswarm-any-of';

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true, strict: true });
ajv.addVocabulary(['x-mpiswarm-also', 'x-mpiswarm-expect', 'x-mpiswarm-groups']);
ajv.addKeyword({
  keyword: ANY_OF,
  type: 'object',
  validate: (names: readonly string[], fields: object) => names.some(name => Object.hasOwn(fields, name)),
  errors: false,
});
for (const [name, problemOf] of Object.entries(FORMATS)) {
  ajv.addFormat(name, (text: string) => problemOf(text) === undefined);
}

/** Workers that are all alike, and workers in groups. */
const FORMS = {
  alike: { schema: SCHEMA, fits: ajv.compile(SCHEMA), job: (value: unknown) => value as MPIJob },
  groups: {
    schema: LIST_SCHEMA,
    fits: ajv.compile(LIST_SCHEMA),
    job: (value: unknown) => fromList(value as Parameters<typeof fromList>[0]),
  },
} as const;

/**
 * A document that says it is an MPIJob, defaulted, or everything that is wrong with it in order of place. Changes
 * `tree.value` in place.
 */
export function validate(tree: Tree): Validation {
  const { schema, fits, job } = FORMS[isList(tree.value) ? 'groups' : 'alike'];
  const value = asWritten(schema, tree);
  if (fits(value)) {
    const manifest = job(value);
    return outcome(manifest, [...tree.faults, ...placed(rules(manifest), tree)]);
  }
  const errors = fits.errors ?? [];
  // Without a fault of type or presence the value has the shape of a job, and the other rules can be checked as well.
  const shaped = tree.faults.length === 0 && !errors.some(isOfShape);
  const more = shaped ? placed(rules(job(value)), tree) : [];
  return outcome(undefined, [...tree.faults, ...firstOfEach(errors, tree), ...more]);
}

/**
 * A job that was stored, with the defaults of fields that are newer than what stored it; everything else as it is. So it
 * equals what its manifest means now, and a new version finds no edit where there was none.
 */
export function withDefaults(stored: MPIJob): MPIJob {
  const listed: unknown = structuredClone(withList(stored));
  const { fits, job } = FORMS[isList(listed) ? 'groups' : 'alike'];
  fits(listed); // Fills in what is missing; errors were reported when the job was new
  return job(listed);
}

function isList(value: unknown): boolean {
  const { spec } = Object(value) as { readonly spec?: unknown };
  return Array.isArray((Object(spec) as { readonly workers?: unknown }).workers);
}

const SHAPE = ['type', 'required', ANY_OF];

function isOfShape({ keyword, instancePath }: ErrorObject): boolean {
  return SHAPE.includes(keyword) || instancePath === '/spec/workers';
}

function outcome(manifest: MPIJob | undefined, faults: readonly Fault[]): Validation {
  if (manifest !== undefined && faults.length === 0) return { ok: true, manifest };
  return { ok: false, faults: [...faults].sort((a, b) => a.offset - b.offset) };
}

/** One fault for each place: a value of the wrong type isn't also reported as not allowed. */
function firstOfEach(errors: readonly ErrorObject[], tree: Tree): readonly Fault[] {
  const refused = new Set(tree.faults.map(fault => pointer(fault.path)));
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const path = pathOf(error, tree.value);
    const key = pointer(path);
    if (faults.has(key) || refused.has(key)) continue;
    faults.set(key, { path, offset: offsetOf(error, path, tree), message: () => explain(error, path) });
  }
  return [...faults.values()];
}

function pathOf(error: ErrorObject, root: unknown): Path {
  let value = root;
  const path: (string | number)[] = [];
  for (const step of error.instancePath.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(name) : name);
    value = (value as Record<string, unknown>)[name];
  }
  const { missingProperty, additionalProperty } = error.params;
  const [wanted] = error.keyword === ANY_OF ? (error.schema as readonly string[]) : [];
  const last = missingProperty ?? additionalProperty ?? wanted;
  return last === undefined ? path : [...path, last];
}

function offsetOf(error: ErrorObject, path: Path, tree: Tree): number {
  if (error.keyword === 'required' || error.keyword === ANY_OF) return spotAt(path.slice(0, -1), tree).key;
  const spot = spotAt(path, tree);
  return error.keyword === 'additionalProperties' ? spot.key : spot.value;
}

function placed(
  faults: readonly { readonly path: Path; readonly message: string }[],
  tree: Tree,
): readonly Fault[] {
  return faults.map(({ path, message }) => ({
    path,
    message: () => message,
    offset: spotAt(path, tree).value,
  }));
}

/** Of the place itself or, for a value that was defaulted, of the nearest object around it that is written. */
function spotAt(path: Path, tree: Tree): Spot {
  for (let length = path.length; length > 0; length--) {
    const spot = tree.spots.get(pointer(path.slice(0, length)));
    if (spot !== undefined) return spot;
  }
  return tree.spots.get('') ?? { key: 0, value: 0 };
}
