import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Header, pack } from 'tar-stream';
import type { Account } from '../lib/access.js';
import { openExactly } from '../lib/links.js';
import { mustRead, type PackageEntry, PackageFault, type PackageListing } from './listing.js';

/**
 * The archive that containers get: a tar archive unchanged; anything else becomes a tar archive that depends only on
 * names, contents and execute permissions, not on owners or times. Read errors are reported by the stream.
 * @param signal ends the stream with an error, and its sources.
 */
export function packageContent(listing: PackageListing, signal?: AbortSignal): Readable {
  const archive = new PassThrough();
  if (signal) addAbortSignal(signal, archive);
  const write = listing.form === 'archive' ? copied(listing, archive) : packed(listing, archive);
  write.catch((error: unknown) => archive.destroy(error as Error));
  return archive;
}

async function copied({ entries, reader }: PackageListing, to: PassThrough): Promise<void> {
  const [entry] = entries;
  if (!entry) throw new Error('an archive is one file');
  await withFile(entry, reader, async file => {
    await pipeline(file.createReadStream({ autoClose: false }), to);
  });
}

async function packed({ entries, reader }: PackageListing, to: PassThrough): Promise<void> {
  const archive = pack();
  const done = pipeline(archive, to);
  // The entries report the error; this handler only avoids an unhandled rejection
  done.catch(() => undefined);
  try {
    for (const entry of entries) await add(entry);
    archive.finalize();
  } catch (error) {
    archive.destroy(error as Error);
    throw error;
  }
  await done;

  async function add(entry: PackageEntry): Promise<void> {
    if (entry.kind !== 'file') return void archive.entry(headerOf(entry));
    await withFile(entry, reader, async file => {
      const end = Number(entry.stats.size) - 1;
      const slot = archive.entry(headerOf(entry));
      const content = file.createReadStream({ autoClose: false, ...(end < 0 ? {} : { start: 0, end }) });
      await pipeline(end < 0 ? [] : content, slot);
    });
  }
}

function headerOf({ name, kind, stats, target }: PackageEntry): Pick<Header, 'name'> & Partial<Header> {
  const executable = kind !== 'file' || (stats.mode & 0o111n) !== 0n;
  const common = { name, mode: executable ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0 };
  if (kind === 'folder') return { ...common, type: 'directory' };
  if (kind === 'link') return { ...common, type: 'symlink', linkname: target ?? '' };
  return { ...common, type: 'file', size: Number(stats.size) };
}

/** Opens the file that was listed; fails if another file has replaced it since, or its manifest's owner may not read it any more. */
async function withFile(
  { name, path, stats }: PackageEntry,
  reader: Account | undefined,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await openExactly(path);
  try {
    const now = await file.stat({ bigint: true });
    const same = (['dev', 'ino', 'size', 'mtimeNs'] as const).every(field => now[field] === stats[field]);
    if (!same) throw new PackageFault(`${name} changed while it was read`);
    if (reader) mustRead(reader, { path, stats: now });
    await use(file);
  } finally {
    await file.close();
  }
}
