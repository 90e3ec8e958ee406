import type { OutputChunk, OutputStore } from '../../controller/ports.js';
import type { Effects } from './effects.js';

/** Stored output in memory. */
export class FakeOutputs implements OutputStore {
  readonly runs = new Map<string, readonly OutputChunk[]>();

  constructor(private readonly effects: Effects) {}

  async stored(): Promise<ReadonlySet<string>> {
    return new Set(this.runs.keys());
  }

  store(run: string, chunks: readonly OutputChunk[]): Promise<void> {
    return this.effects.run('store output', () => {
      this.runs.set(run, chunks);
    });
  }

  remove(run: string): Promise<void> {
    return this.effects.run('remove output', () => {
      this.runs.delete(run);
    });
  }

  /** Both streams of a run, in order. */
  text(run: string): string {
    const decoder = new TextDecoder();
    return (this.runs.get(run) ?? []).map(chunk => decoder.decode(chunk.data)).join('');
  }
}
