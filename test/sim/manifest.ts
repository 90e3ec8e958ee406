/** The JSON text of a manifest with fields of its spec and metadata replaced; objects are merged one level deep. */
export function manifestText(text: string, spec: object, metadata: object = {}): string {
  const manifest = JSON.parse(text) as {
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly spec: Readonly<Record<string, unknown>>;
  };
  return JSON.stringify({
    ...manifest,
    metadata: { ...manifest.metadata, ...metadata },
    spec: merge(manifest.spec, spec),
  });
}

function merge(into: Readonly<Record<string, unknown>>, fields: object): object {
  const merged = Object.entries(fields).map(([key, value]: [string, unknown]) => {
    const known = into[key];
    return [key, isObject(known) && isObject(value) ? { ...known, ...value } : value];
  });
  return { ...into, ...Object.fromEntries(merged) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Some other fault may have left half of it, or rubbish. */
export function isWhole(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false; // no JSON, so no whole manifest
  }
}
