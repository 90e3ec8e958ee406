import { MissingRequirement } from '../cluster/requirements.js';

/** A base image that is not there and cannot be pulled. */
export interface MissingBase {
  /** `debian:trixie-slim` */
  readonly ref: string;
  /** Why it cannot be pulled. */
  readonly problem: string;
}

/** What making base images with debootstrap needs. */
export interface DebootstrapMachine {
  readonly root: boolean;
  /** Apt is set to an archive of Debian. */
  readonly debian: boolean;
  /** What is missing and cannot be installed, in words; undefined when all is there or can be. */
  readonly lack: string | undefined;
}

/** Throws, in one sentence, where base images are missing that cannot be made here either. */
export function requireDebootstrap(missing: readonly MissingBase[], machine: DebootstrapMachine): void {
  const [first] = missing;
  if (first === undefined) return;
  const need = needOf(machine);
  if (need === undefined) return;
  const refs = missing.map(({ ref }) => ref).join(' and ');
  const [be, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  throw new MissingRequirement(
    `${refs} ${be} not on the Docker Engine and cannot be pulled (${first.problem}); pull or load ${them} there, as making ${them} here needs ${need}`,
  );
}

/** First match wins. */
function needOf({ root, debian, lack }: DebootstrapMachine): string | undefined {
  if (!root) return 'root and Debian';
  if (!debian) return 'Debian';
  return lack;
}
