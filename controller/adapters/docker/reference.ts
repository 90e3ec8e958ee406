/** An image reference taken apart (https://pkg.go.dev/github.com/distribution/reference). */
export interface Reference {
  /** Host name, with the port if any; `docker.io` by default. */
  readonly registry: string;
  /** As the engine itself writes it, without tag and digest: `debian` for `docker.io/library/debian:12`. */
  readonly name: string;
  /** Absent if there is a digest or nothing. */
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const HUB = 'docker.io';
/** Older names of {@link HUB}; the engine treats them alike. */
const HUB_NAMES = [HUB, 'index.docker.io'];

/** Parses a reference; the image needn't exist. */
export function parseReference(image: string): Reference {
  const [tagged = '', digest] = image.split('@');
  const registry = registryOf(tagged);
  const slash = tagged.indexOf('/');
  const named = HUB_NAMES.includes(tagged.slice(0, Math.max(slash, 0))) || registry !== HUB;
  const path = named ? tagged.slice(slash + 1) : tagged;
  const colon = path.lastIndexOf(':');
  const bare = colon < 0 ? path : path.slice(0, colon);
  const name = registry === HUB ? bare.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${bare}`;
  if (digest !== undefined) return { registry, name, digest };
  return colon < 0 ? { registry, name } : { registry, name, tag: path.slice(colon + 1) };
}

/** `registry:5000` of `registry:5000/team/image:tag`; `docker.io` where the reference names none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && !HUB_NAMES.includes(first) ? first : HUB;
}

/** Whether the reference is an image id, which no registry resolves. */
export function isImageId(image: string): boolean {
  return /^sha256:[0-9a-f]+$/.test(image);
}
