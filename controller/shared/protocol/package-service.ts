/** What controller, agents and the containers that serve packages tell each other. */

/** Environment of a container that serves a package, and the path of what it serves. */
export const PACKAGE_SERVER = {
  /** {@link PackageService} as JSON. */
  env: 'MPISWARM_PACKAGE',
  /** Folder of the archives that were put there, whole or not; only the one that has the digest is served. */
  folder: '/packages',
} as const;

export interface PackageService {
  readonly sha256: string;
  readonly bytes: number;
  readonly port: number;
  /** Of the credential that is asked for: SHA-256, in hexadecimal digits. */
  readonly credentialSha256: string;
}

/** The archive that becomes the run's package, and where it is served by HTTP. */
export interface RunPackage {
  readonly host: string;
  readonly port: number;
  readonly sha256: string;
  readonly bytes: number;
}

/** Of a secret. */
export interface PackageCredential {
  /** `user:password` by which the run's package is fetched. */
  readonly package?: string;
}
