/** Bytes that a package may hold, packed or unpacked: each container of a run has its own copy on its node's disk. */
export const MAX_BYTES = 8 * 1024 ** 3;

/** Files, folders and links that a package may hold: each reading of the manifests visits all of them. */
export const MAX_ENTRIES = 100_000;

/** Bytes of an archive that is not packed any more: it leaves room for each entry's header and padding. */
export const MAX_ARCHIVE_BYTES = MAX_BYTES + MAX_ENTRIES * 4_096;

export const tooLarge = (): string => `it holds more than ${MAX_BYTES / 1024 ** 3} GiB`;

export const tooMany = (): string => `it holds more than ${MAX_ENTRIES} files and folders`;
