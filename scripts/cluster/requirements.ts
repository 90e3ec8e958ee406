/** Something that this machine or its user lacks. The message is one sentence: what is missing, and what to do. */
export class MissingRequirement extends Error {
  override readonly name = 'MissingRequirement';
}

export interface Machine {
  /** `process.platform` */
  readonly platform: string;
  readonly root: boolean;
  /** Whether apt-get is there to install what is missing. */
  readonly aptGet: boolean;
  /** Programs and files that are missing, with the Debian package of each. */
  readonly missing: readonly { readonly provides: string; readonly package: string }[];
}

/**
 * Why something cannot be done on this machine, in one sentence; undefined when it can, be it after packages were
 * installed.
 * @param what `a private Docker Engine`, `npm test`
 */
export function lack(what: string, { platform, root, aptGet, missing }: Machine): string | undefined {
  if (platform !== 'linux') return `${what} needs Linux, and this machine runs ${platform}`;
  if (!root) return `${what} needs root: run it by sudo`;
  if (missing.length === 0 || aptGet) return undefined;
  const programs = [...new Set(missing.map(need => need.provides))].join(', ');
  const packages = [...new Set(missing.map(need => need.package))].sort().join(' ');
  return `${what} needs ${programs}, which this machine lacks, and there is no apt-get to install Debian's packages of them: ${packages}`;
}
