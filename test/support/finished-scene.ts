import type { ManifestSet } from '../../controller/api/manifest/manifests.js';
import { mergeFiles } from '../../controller/api/manifest/merge-files.js';
import { parseManifests } from '../../controller/api/manifest/parse.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { ObjectView, ServiceView, SwarmWorld, TaskView } from '../../controller/core/model/world.js';
import { PortError } from '../../controller/ports/errors.js';
import { Scene } from '../loop/scene.js';
import type { FinishedJob } from './finished-jobs.js';

/** A scene among very many jobs that ended an hour ago. What they left is kept apart from the fakes, which are made for a few jobs. */
export class FinishedScene extends Scene {
  readonly services = new Map<string, ServiceView>();
  readonly tasks = new Map<string, TaskView>();
  readonly secrets = new Map<string, ObjectView>();
  readonly configs = new Map<string, ObjectView>();
  /** What is done to the world before the controller sees it. */
  seen: (world: SwarmWorld) => SwarmWorld = world => world;

  constructor(jobs: readonly FinishedJob[]) {
    super();
    for (const { record, run, left } of jobs) {
      this.stateStore.jobs.set(record.key, { text: JSON.stringify(record), version: 0 });
      this.outputs.runs.set(run, []);
      for (const one of left.services) this.services.set(one.id, one);
      for (const one of left.tasks) this.tasks.set(one.service, one);
      for (const one of left.secrets) this.secrets.set(one.id, one);
      for (const one of left.configs) this.configs.set(one.id, one);
    }
    const ended = jobs[0]?.record.status.completionTime ?? 0;
    this.runtime.advance(Math.max(0, ended - this.runtime.now()) + 3_600_000);
    this.#addManifests(jobs);
    this.#addLeft();
  }

  /** As the real folder, it gives the same set while nothing changes. */
  #addManifests(jobs: readonly FinishedJob[]): void {
    const { manifests } = this;
    const finished = mergeFiles(jobs.map(({ name, text }) => parseManifests(text, `${name}.yaml`)));
    const read = manifests.read.bind(manifests);
    let last: { readonly files: string; readonly set: ManifestSet } | undefined;
    manifests.read = async () => {
      const files = JSON.stringify(manifests.files());
      if (last?.files !== files) {
        const set = await read();
        last = { files, set: { ...set, jobs: [...set.jobs, ...finished.jobs] } };
      }
      return last.set;
    };
  }

  #addLeft(): void {
    const { swarm } = this;
    const observe = swarm.observe.bind(swarm);
    swarm.observe = async () => {
      const seen = await observe();
      if (!seen.ok) return seen;
      const { services, tasks, secrets, configs } = seen.value;
      const value = this.seen({
        ...seen.value,
        services: [...this.services.values(), ...services],
        tasks: [...this.tasks.values(), ...tasks],
        secrets: [...this.secrets.values(), ...secrets],
        configs: [...this.configs.values(), ...configs],
      });
      return { ok: true, value };
    };
    const removeService = swarm.removeService.bind(swarm);
    swarm.removeService = async id => {
      this.tasks.delete(id);
      if (!this.services.delete(id)) await removeService(id);
    };
    const [removeSecret, removeConfig] = [swarm.removeSecret.bind(swarm), swarm.removeConfig.bind(swarm)];
    swarm.removeSecret = id => this.#remove(id, this.secrets, removeSecret);
    swarm.removeConfig = id => this.#remove(id, this.configs, removeConfig);
  }

  async #remove(
    id: string,
    from: Map<string, ObjectView>,
    other: (id: string) => Promise<void>,
  ): Promise<void> {
    const object = from.get(id);
    if (!object) return other(id);
    const run = object.labels[LABEL.run];
    const user = [...this.services.values()].find(({ labels }) => labels[LABEL.run] === run);
    if (user) throw new PortError('blocked', `remove ${id}: 400 ${object.name} is in use by ${user.name}`);
    from.delete(id);
  }
}
