import type { StoredOutput } from '../../controller/core/model/world.js';
import type { OutputChunk, OutputStore } from '../../controller/ports/output-store.js';
import type { Effects } from './effects.js';

/** Stored output in memory. */
export class FakeOutputs implements OutputStore {
  readonly runs = new Map<string, readonly OutputChunk[]>();
  readonly #at = new Map<string, number>();

  constructor(
    private readonly effects: Effects,
    private readonly now: () => number = () => 0,
  ) {}

  async stored(): Promise<ReadonlyMap<string, StoredOutput>> {
    return new Map(
      [...this.runs].map(([run, chunks]) => [
        run,
        {
          bytes: chunks.reduce((sum, { data }) => sum + data.byteLength, 0),
          at: this.#at.get(run) ?? this.now(),
        },
      ]),
    );
  }

  async store(run: string, chunks: AsyncIterable<OutputChunk>): Promise<'stored' | 'under-way'> {
    const all: OutputChunk[] = [];
    for await (const chunk of chunks) all.push(chunk);
    await this.effects.run('store output', () => {
      this.runs.set(run, all);
      this.#at.set(run, this.now());
    });
    return 'stored';
  }

  remove(run: string): Promise<void> {
    return this.effects.run('remove output', () => {
      this.runs.delete(run);
    });
  }

  onChange(): void {}

  async close(): Promise<void> {}

  /** Both streams of a run, in order. */
  text(run: string): string {
    const decoder = new TextDecoder();
    return (this.runs.get(run) ?? []).map(chunk => decoder.decode(chunk.data)).join('');
  }
}
