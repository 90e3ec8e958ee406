import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MAX_BYTES, type ParsedFile, parseManifests, tooLarge, unparsed } from '../../api/manifest/parse.js';
import { reason } from '../lib/fs-error.js';
import { openExactly, unreadable } from '../lib/links.js';
import type { ListedFile } from './listing.js';

/** The content of a file, or why it can't be read. */
export type Content =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly message: string };

/** Reads and parses one file. Never throws, and never reads more than a manifest may hold. */
export async function readManifestFile(listed: ListedFile): Promise<ParsedFile> {
  return parseContent(listed.file, await readContent(listed));
}

/** Reads one file. Never throws, and never reads more than a manifest may hold. */
export async function readContent({ path, stats, readers }: ListedFile): Promise<Content> {
  if (!stats.isFile()) return { ok: false, message: 'it is not a regular file' };
  if (stats.size > MAX_BYTES) return { ok: false, message: tooLarge(Number(stats.size)) };
  let handle: FileHandle | undefined;
  try {
    // Not blocking, as the file may have become a pipe since it was listed.
    handle = readers ? await openExactly(path) : await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const closed = readers && (await unreadable(path, await handle.stat({ bigint: true }), readers));
    if (closed) return { ok: false, message: `the file is not read: ${closed}` };
    return { ok: true, bytes: await allBytes(handle, Number(stats.size)) };
  } catch (error) {
    return { ok: false, message: `the file cannot be read: ${reason(error)}` };
  } finally {
    await handle?.close();
  }
}

/** Parses the content of a file. Never throws. */
export function parseContent(file: string, content: Content): ParsedFile {
  if (!content.ok) return unparsed(file, content.message);
  try {
    return parseManifests(new TextDecoder('utf-8', { fatal: true }).decode(content.bytes), file);
  } catch (error) {
    if (error instanceof TypeError) return unparsed(file, 'the file is not UTF-8 text');
    throw error;
  }
}

/** Reads a file of the size that it was listed with; throws if it has grown. */
async function allBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  throw new Error('it grew while it was read');
}
