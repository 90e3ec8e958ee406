import { posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { errorMessage } from '../error-message.js';
import { MAX_ARCHIVE_BYTES, MAX_BYTES, MAX_ENTRIES, tooLarge, tooMany } from './limits.js';

/** What an archive may hold. Names are below the package, with `/`, and never lead out of it; the package itself is ''. */
export type ArchiveEntry =
  | { readonly kind: 'file'; readonly name: string; readonly mode: number }
  | { readonly kind: 'folder'; readonly name: string }
  /** Symbolic: `target` as it is written. Hard: the name of another entry. */
  | { readonly kind: 'symlink' | 'link'; readonly name: string; readonly target: string };

export type Chunks = AsyncIterable<Uint8Array>;

/**
 * Reads a tar archive, packed by gzip or not, whatever it is called. `visit` is called for one entry after the other, and must
 * read all of its content. Rejects, with what is wrong in words that go after the package's name, where the archive is
 * cut off, is none, is too large, or holds what must not be unpacked.
 * @param most bytes of the archive, unpacked.
 */
export async function readArchive(
  source: Chunks,
  visit: (entry: ArchiveEntry, content: Chunks) => Promise<void>,
  most = MAX_ARCHIVE_BYTES,
): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  const start: Uint8Array = first.done ? new Uint8Array() : first.value;
  const whole = Readable.from(following(start, chunks), { objectMode: false });
  const entries = extract();
  const isPacked = start[0] === 0x1f && start[1] === 0x8b;
  const reading = isPacked
    ? pipeline(whole, createGunzip(), atMost(most), entries)
    : pipeline(whole, atMost(most), entries);
  // `entries` reports its end first
  reading.catch(() => undefined);
  let count = 0;
  let bytes = 0;
  try {
    for await (const content of entries) {
      const { header } = content;
      count += 1;
      bytes += header.size ?? 0;
      if (count > MAX_ENTRIES) throw new Error(tooMany());
      if (bytes > MAX_BYTES) throw new Error(tooLarge());
      await visit(entryOf(header), content as Chunks);
    }
    await reading;
  } catch (error) {
    whole.destroy();
    // Closes what is read from. Not waited for: it may be in the middle of a read that does not end
    chunks.return?.().catch(() => undefined);
    throw inWords(error);
  }
  if (count === 0) throw new Error('it is not a tar archive, or is empty');
}

async function* following(start: Uint8Array, rest: AsyncIterator<Uint8Array>): Chunks {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Ends with an error after so many bytes: terabytes of what is no entry's content may be packed into a small archive. */
function atMost(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      if (bytes > most) done(new Error(tooLarge()));
      else done(null, chunk);
    },
  });
}

function entryOf(header: Header): ArchiveEntry {
  const name = inside(header.name, header.name);
  const { type, linkname: target, mode } = header;
  switch (type) {
    case 'directory':
      return { kind: 'folder', name };
    case 'file':
    case 'contiguous-file':
      if (name === '') throw new Error('it holds a file without a name');
      return { kind: 'file', name, mode };
    case 'symlink': {
      if (!posix.isAbsolute(target)) inside(posix.join(posix.dirname(name), target), `${name} -> ${target}`);
      else throw leadsOut(`${name} -> ${target}`);
      return { kind: 'symlink', name, target };
    }
    case 'link':
      return { kind: 'link', name, target: inside(target, `${name} -> ${target}`) };
    default:
      throw new Error(`it holds ${name}, which is neither a file nor a folder nor a link (${type})`);
  }
}

/** The path without `./` and a last `/`. */
function inside(path: string, words: string): string {
  const plain = posix.normalize(path).replace(/\/$/, '');
  if (posix.isAbsolute(plain) || plain === '..' || plain.startsWith('../')) throw leadsOut(words);
  return plain === '.' ? '' : plain;
}

function leadsOut(words: string): Error {
  return new Error(`it holds a path that leads out of it: ${words}`);
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/unexpected end of/i, 'it is truncated'],
  [/invalid tar header|invalid header|header exceeds/i, 'it is not a tar archive, or is damaged'],
  [
    /incorrect (data|length|header) check|invalid (block|stored|distance|code|literal|bit)|too many length/i,
    'it is damaged',
  ],
];

function inWords(error: unknown): Error {
  const said = errorMessage(error);
  const words = WORDS.find(([pattern]) => pattern.test(said))?.[1];
  return words === undefined && error instanceof Error ? error : new Error(words ?? said, { cause: error });
}
