import type { PackageWant } from '../../controller/core/model/specs.js';
import type { Delivery } from '../../controller/core/model/world.js';
import type { Packages } from '../../controller/ports/packages.js';
import type { FakeCluster } from './cluster.js';
import type { Effects } from './effects.js';

const RETRY_MS = 5_000;

/**
 * Packages that take two {@link FakePackages.step}s: in the first their container is made, and in the second it is full and runs.
 * The containers are the cluster's; what is on its way is a memory of one controller.
 */
export class FakePackages implements Packages {
  readonly #deliveries = new Map<string, Delivery>();
  readonly #wanted = new Map<string, PackageWant>();
  /** Packages that cannot be read, by their path, and why. */
  readonly unreadable = new Map<string, string>();
  /** Every delivery that was asked for. */
  readonly asked: PackageWant[] = [];
  /** So many steps more nothing moves. */
  pause = 0;
  #ids = 0;

  constructor(
    private readonly cluster: FakeCluster,
    private readonly effects: Effects,
    private readonly now: () => number,
  ) {}

  delivery(name: string): Delivery {
    return this.#deliveries.get(name) ?? { state: 'idle' };
  }

  offer(want: PackageWant): void {
    if (this.delivery(want.name).state === 'sending') return;
    this.asked.push(want);
    this.#wanted.set(want.name, want);
    this.#deliveries.set(want.name, { state: 'sending' });
  }

  remove(id: string): Promise<void> {
    return this.effects.run('remove package', () => {
      const { packages } = this.cluster;
      const at = packages.findIndex(one => one.id === id || one.name === id);
      if (at >= 0) packages.splice(at, 1);
    });
  }

  /** Moves every delivery on. Returns whether there was one. */
  step(): boolean {
    const wants = [...this.#wanted.values()];
    if (this.pause > 0) this.pause -= 1;
    else for (const want of wants) this.#move(want);
    return wants.length > 0;
  }

  /** As after a restart of the controller: what was under way ends where it is. */
  forget(): void {
    this.#deliveries.clear();
    this.#wanted.clear();
  }

  onChange(): void {}

  async close(): Promise<void> {}

  #move({ name, labels, network, path }: PackageWant): void {
    const { packages } = this.cluster;
    const at = packages.findIndex(one => one.name === name);
    const there = packages[at];
    if (!there) {
      this.#ids += 1;
      packages.push({ id: `package-${this.#ids}`, name, labels, serves: false, networks: [network] });
      return;
    }
    this.#wanted.delete(name);
    const error = there.serves ? undefined : this.unreadable.get(path);
    if (error !== undefined) {
      packages.splice(at, 1);
      this.#deliveries.set(name, { state: 'failed', error, retryAt: this.now() + RETRY_MS });
      return;
    }
    this.#deliveries.delete(name);
    const networks = [...new Set([...there.networks, network])];
    packages.splice(at, 1, { ...there, serves: true, networks });
  }
}
