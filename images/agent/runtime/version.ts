/** Put in place of this name by scripts/lib/build.ts: the package's version. */
declare const MPISWARM_VERSION: string | undefined;

/** Version of the agent; `dev` when it runs unbundled. */
export const VERSION = typeof MPISWARM_VERSION === 'string' ? MPISWARM_VERSION : 'dev';
