/** A regular file of a tar archive. Folders are not written: whoever unpacks makes them. */
export interface TarEntry {
  /** Relative, at most 100 bytes, ASCII. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

const BLOCK = 512;

/**
 * A ustar archive (POSIX.1-1988) of the files in order of their paths, all owned by root and dated 1970, so that equal
 * files give equal bytes. Yields it piece by piece.
 */
export function* ustar(entries: readonly TarEntry[]): Generator<Buffer> {
  for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    yield header(entry);
    yield entry.content;
    yield Buffer.alloc((BLOCK - (entry.content.length % BLOCK)) % BLOCK);
  }
  // Two empty blocks end an archive.
  yield Buffer.alloc(2 * BLOCK);
}

function header({ path, mode, content }: TarEntry): Buffer {
  if (Buffer.byteLength(path) > 100)
    throw new Error(`a path in a tar archive has at most 100 bytes: ${path}`);
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108); // owner
  block.write(octal(0, 8), 116); // group
  block.write(octal(content.length, 12), 124);
  block.write(octal(0, 12), 136); // time
  block.write(' '.repeat(8), 148); // the checksum counts as blanks while it is computed
  block.write('0', 156); // regular file
  block.write('ustar\0' + '00', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Digits with leading zeros, and a final NUL, together `width` bytes. */
function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}
