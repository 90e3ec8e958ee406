import { type Orphan, orphans } from '../../core/gc/orphans.js';
import type { Command } from '../../core/model/command.js';
import type { Reason } from '../../core/model/reason.js';
import type { Installation } from '../../core/model/specs.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';
import { apply } from '../effects/apply.js';
import { AfterGrace } from './after-grace.js';

/** What was done about one orphan. */
export interface Swept {
  readonly run: string;
  /** What was removed, in words; what uses it goes first, so there may be more at the next tick. */
  readonly removed: readonly string[];
  readonly trouble?: Reason;
}

/**
 * Removes what is left of runs whose job has no record, once every tick has found it for a while: what is
 * there only for a moment is left alone. Reads the records again before removing anything. Each term starts afresh.
 */
export class OrphanCollector {
  readonly #grace = new AfterGrace<Orphan>(({ run }) => run);

  /** @param ofOthers also what was made on the word of another ZooKeeper. */
  constructor(private readonly ofOthers = false) {}

  async collect(
    world: Observation,
    installation: Pick<Installation, 'id' | 'store'>,
    ports: Ports,
  ): Promise<readonly Swept[]> {
    const { swarm, stateStore } = world;
    const { due, still } = await this.#grace.confirmed(
      records =>
        orphans({ swarm, runIds: stateStore.runIds }, records, installation, { ofOthers: this.ofOthers }),
      world,
      ports,
    );
    if (!still.ok) return due.map(({ run }) => ({ run, removed: [], trouble: retrying(still.error) }));
    const swept = await Promise.allSettled(still.value.map(orphan => remove(orphan, ports)));
    return swept.map(result => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }
}

const retrying = (message: string): Reason => ({ reason: 'Retrying', message });

async function remove({ run, commands }: Orphan, ports: Ports): Promise<Swept> {
  const outcome = await apply([commands], ports);
  if (!outcome.ok) return { run, removed: [], trouble: outcome.trouble };
  return { run, removed: commands.map(wordsOf).sort() };
}

/** `service ring-1a2b3c4d-1-workers` */
function wordsOf(command: Command): string {
  const kind = command.do.replace(/^remove-/, '');
  return kind === 'run' ? 'znodes' : `${kind} ${'name' in command ? command.name : ''}`.trim();
}
