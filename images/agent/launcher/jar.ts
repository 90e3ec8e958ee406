import { open } from 'node:fs/promises';

/** The record at the end of every zip file: so long, with a comment of up to 65,535 bytes behind it. */
const END = Buffer.from('PK\x05\x06');
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;

/**
 * Whether a file ends as every jar does, with the end of its directory: one that was cut off does not, and Java passes over it without a
 * word. What cannot be read is for Java to judge. Source: PKWARE's APPNOTE.TXT, 4.3.16.
 */
export async function isJar(path: string): Promise<boolean> {
  try {
    return hasEnd(await tail(path, END_BYTES + LONGEST_COMMENT));
  } catch {
    return true; // a folder of that name, for one: Java takes it for one with classes
  }
}

function hasEnd(bytes: Buffer): boolean {
  const at = bytes.lastIndexOf(END);
  return at >= 0 && at + END_BYTES <= bytes.length;
}

async function tail(path: string, most: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, most);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
