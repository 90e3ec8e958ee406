import { LABEL } from '../../controller/core/model/names.js';
import type { StoredService } from '../fakes/cluster.js';
import { foreignSpec } from '../fakes/foreign.js';
import type { SimWorld } from './world.js';

/** Things in the world that are not ours, with names that could be. Whatever happens, they are not changed. */
export class Strangers {
  readonly #before: ReadonlyMap<string, string>;

  constructor(private readonly world: SimWorld) {
    const { cluster } = world;
    cluster.createNetwork({ name: 'corporate', encrypted: false, subnet: '10.200.0.0/24', labels: {} });
    for (const kind of ['secrets', 'configs'] as const) {
      cluster.createObject(kind, 'ring', 'not ours', { 'com.example.job': 'ring' });
      cluster.createObject(kind, 'ring-other-1', 'not ours', { [LABEL.run.toUpperCase()]: 'x' });
    }
    cluster.services.push(database());
    this.#before = this.#all();
  }

  /** What became of those that were touched. */
  changed(): readonly string[] {
    const now = this.#all();
    return [...this.#before].flatMap(([name, text]) =>
      now.get(name) === text ? [] : [`${name} is not ours, and became ${now.get(name) ?? 'nothing'}`],
    );
  }

  #all(): ReadonlyMap<string, string> {
    const { secrets, configs, services, networks } = this.world.cluster;
    const entries = [
      ...secrets.map(one => [`secret ${one.name}`, one] as const),
      ...configs.map(one => [`config ${one.name}`, one] as const),
      ...services.map(one => [`service ${one.spec.name}`, one] as const),
      ...networks.map(one => [`network ${one.name}`, one] as const),
    ];
    return new Map(entries.map(([name, one]) => [name, JSON.stringify(one)]));
  }
}

function database(): StoredService {
  const spec = { ...foreignSpec('database', {}, 0), labels: { 'com.example': 'database' } };
  return { id: 'database', output: [], spec };
}
