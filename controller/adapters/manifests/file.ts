import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MAX_BYTES, type ParsedFile, parseManifests, tooLarge, unparsed } from '../../api/parse.js';
import type { ListedFile } from './listing.js';
import { reason } from './reason.js';

/** Reads and parses one file. Never throws, and never reads more than a manifest may hold. */
export async function readManifestFile({ file, path, stats }: ListedFile): Promise<ParsedFile> {
  if (!stats.isFile()) return unparsed(file, 'it is not a regular file');
  if (stats.size > MAX_BYTES) return unparsed(file, tooLarge(Number(stats.size)));
  let handle: FileHandle | undefined;
  try {
    // Not blocking, as the file may have become a pipe since it was listed.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return parsed(file, await content(handle, Number(stats.size)));
  } catch (error) {
    return unparsed(file, `the file cannot be read: ${reason(error)}`);
  } finally {
    await handle?.close();
  }
}

function parsed(file: string, bytes: Uint8Array): ParsedFile {
  try {
    return parseManifests(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file);
  } catch (error) {
    if (error instanceof TypeError) return unparsed(file, 'the file is not UTF-8 text');
    throw error;
  }
}

/** All of a file that has as many bytes as when it was listed; throws where it has grown. */
async function content(handle: FileHandle, size: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  throw new Error('it grew while it was read');
}
