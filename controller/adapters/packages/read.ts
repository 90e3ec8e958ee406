import { createHash } from 'node:crypto';
import type { PackageContent } from '../../api/types/package.js';
import { type Chunks, readArchive } from '../../shared/archive/archive.js';
import { errorMessage } from '../../shared/error-message.js';
import { packageContent } from './content.js';
import { PackageFault, type PackageListing } from './listing.js';

/**
 * Reads a whole package: its digest, and whether it can be unpacked.
 * @param signal ends it.
 * @throws a {@link PackageFault} if it can't be unpacked or changed meanwhile, or the file system's error.
 */
export async function readPackage(listing: PackageListing, signal?: AbortSignal): Promise<PackageContent> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): Chunks {
    for await (const chunk of packageContent(listing, signal) as Chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  await checked(counted());
  return { sha256: hash.digest('hex'), bytes };
}

async function checked(archive: Chunks): Promise<void> {
  try {
    await readArchive(archive, async (_, content) => {
      for await (const _ of content);
    });
    // Bytes after the archive's end belong to the file too
    for await (const _ of archive);
  } catch (error) {
    if (error instanceof PackageFault || hasCode(error)) throw error;
    throw new PackageFault(errorMessage(error), { cause: error });
  }
}

/** The file system's error. */
function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));
}
