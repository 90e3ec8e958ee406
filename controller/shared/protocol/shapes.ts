import * as v from 'valibot';

/**
 * Parts of which the shapes of stored records are made. Records are JSON, so a field is absent or has a value; fields that a shape does
 * not name may have any.
 */
export const text = v.string();
export const number = v.pipe(v.number(), v.finite());
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds since the epoch that a date can hold (ECMAScript, time values). */
export const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));
export const optional = v.exactOptional;

const object = v.custom<Readonly<Record<string, unknown>>>(
  value => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** An object with these fields. Valibot's own takes an array for one. */
export function fields<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(object, v.object(entries));
}

/** An object with any keys, and values of one shape. Valibot's own leaves the values of some keys unchecked, such as `constructor`. */
export function mapOf<Shape extends v.GenericSchema>(shape: Shape) {
  type Values = Readonly<Record<string, v.InferOutput<Shape>>>;
  return v.pipe(
    object,
    v.custom<Values>(value => Object.values(value as Values).every(each => v.is(shape, each))),
  );
}

/** What has this shape. */
export type Shaped<Shape extends v.GenericSchema> = DeepReadonly<v.InferOutput<Shape>>;

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
