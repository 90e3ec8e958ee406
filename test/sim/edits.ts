import type { Expectation, Kind } from './faults.js';
import { isWhole, manifestText } from './manifest.js';
import type { SimWorld } from './world.js';

/** What people and syncs do to the folder. The workloads' first job is `ring`, in `ring.yaml`. */
export const edits: Readonly<Record<string, Kind>> = {
  'edit-spec': edit(world => amend(world, { args: ['edited'] })),
  'edit-policy': edit(world => amend(world, { runPolicy: { ttlSecondsAfterFinished: 86_400 } })),
  'edit-labels': edit(world => amend(world, {}, { labels: { team: 'a' } })),
  'edit-cleanup': edit(world => amend(world, { runPolicy: { cleanUpPolicy: 'All' } })),
  suspend: edit(world => amend(world, { runPolicy: { suspend: true } })),
  'suspend-resume': edit(world => {
    amend(world, { runPolicy: { suspend: true } });
    after(world, 5_000, () => amend(world, { runPolicy: { suspend: false } }));
  }),
  'suspend-blink': edit(world => {
    amend(world, { runPolicy: { suspend: true } });
    after(world, 200, () => amend(world, { runPolicy: { suspend: false } }));
  }),
  cancel: edit(world => amend(world, { runPolicy: { cancel: true } })),
  rerun: edit(world => amend(world, { runPolicy: { rerun: 'again' } })),
  delete: edit(world => world.manifests.remove(FILE)),
  'delete-create-fast': edit(world => replace(world, 1_000)),
  'delete-create-mid': edit(world => replace(world, 4_000)),
  'delete-create-slow': edit(world => replace(world, 40_000)),
  rename: edit(world => move(world, 'another.yaml')),
  move: edit(world => move(world, 'team/ring.yaml')),
  'move-slowly': edit(world => {
    const text = world.manifests.text(FILE);
    if (text === undefined) return;
    world.manifests.remove(FILE);
    after(world, 1_000, () => world.manifests.put('later.yaml', text));
  }),
  break: edit(world => world.manifests.put(FILE, 'kind: [MPIJob')),
  'break-mend': edit(world => {
    const text = world.manifests.text(FILE);
    if (text === undefined) return;
    world.manifests.put(FILE, text.slice(0, text.length / 2));
    after(world, 5_000, () => world.manifests.put(FILE, text));
  }),
  'wrong-value': edit(world => amend(world, { workers: { replicas: 0 } })),
  'lock-mend': edit(world => {
    const text = world.manifests.text(FILE);
    if (text === undefined) return;
    world.manifests.lock(FILE);
    after(world, 60_000, () => world.manifests.put(FILE, text));
  }),
  'folder-unreadable': edit(world => {
    world.manifests.error = 'manifests: permission denied';
    after(world, 60_000, () => {
      world.manifests.error = undefined;
    });
  }),
  'folder-emptied': edit(world => {
    const files = world.manifests.files();
    for (const [name] of files) world.manifests.remove(name);
    after(world, 10_000, () => {
      for (const [name, text] of files) if (text !== undefined) world.manifests.put(name, text);
    });
  }),
};

const FILE = 'ring.yaml';

function edit(change: (world: SimWorld) => void, expect: Expectation = 'match'): Kind {
  return { family: 'edit', expect, change };
}

function after(world: SimWorld, ms: number, act: () => void): void {
  world.disturbed(ms);
  world.agenda.in(ms, act);
}

/** The manifest as it is with some fields of its spec and metadata replaced; nothing without a manifest. */
function amend(world: SimWorld, spec: object, metadata: object = {}): void {
  const text = world.manifests.text(FILE);
  if (text === undefined || !isWhole(text)) return;
  world.manifests.put(FILE, manifestText(text, spec, metadata));
}

function replace(world: SimWorld, ms: number): void {
  const text = world.manifests.text(FILE);
  if (text === undefined) return;
  world.manifests.remove(FILE);
  after(world, ms, () => world.manifests.put(FILE, text));
}

function move(world: SimWorld, to: string): void {
  const text = world.manifests.text(FILE);
  if (text === undefined) return;
  world.manifests.remove(FILE);
  world.manifests.put(to, text);
}
