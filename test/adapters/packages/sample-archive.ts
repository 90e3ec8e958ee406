import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';

export type Sample = readonly [Partial<Header> & { readonly name: string }, string];

/** A tar archive with these entries. */
export async function archiveOf(...entries: readonly Sample[]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content);
  archive.finalize();
  return buffer(archive as AsyncIterable<Buffer>);
}
