import type { JobRecord } from '../../controller/core/model/record.js';
import type { RankRecord } from '../../controller/shared/protocol/program-records.js';
import { groupedManifest, manifest, Scene } from '../loop/scene.js';

export const KEY = 'default/ring';

/** How a job comes to where its record was stored. */
export interface Story {
  readonly about: string;
  readonly begin: (scene: Scene) => void;
  readonly until: (record: JobRecord) => boolean;
  /** What happens then, before the record is taken, and until when. */
  readonly next?: {
    readonly act: (scene: Scene) => void;
    readonly until: (record: JobRecord) => boolean;
  };
}

const LASTS = { lastsMs: 20_000, stdout: 'ring\n', stopMs: 3_000 };
const RANK: RankRecord = { state: 'STARTED', worker: 0, at: 1_700_000_000_500 };

const inPhase =
  (phase: string): Story['until'] =>
  ({ status }) =>
    status.phase === phase;
const waitsFor =
  (reason: string): Story['until'] =>
  ({ status }) =>
    status.waitingOn.some(wait => wait.reason === reason);

function drop(scene: Scene, spec: Parameters<typeof manifest>[1] = {}): void {
  scene.manifests.put('ring.yaml', manifest('ring', spec));
}

export const STORIES: Readonly<Record<string, Story>> = {
  'image-missing': {
    about: 'waits for its image',
    begin: scene => {
      scene.images.missing.set('ring:1', 'manifest for ring:1 not found');
      drop(scene);
    },
    until: waitsFor('ImageUnavailable'),
    next: { act: scene => scene.images.missing.clear(), until: waitsFor('ImageUnavailable') },
  },
  'start-deadline': {
    about: 'has no worker that answers, and a time limit for it',
    begin: scene => {
      scene.agents.sshErrors.set(1, 'connection refused by 10.0.2.4:2022');
      drop(scene, { runPolicy: { startDeadlineSeconds: 30 } });
    },
    until: waitsFor('SSHFailed'),
  },
  running: {
    about: 'runs, and its ranks say so',
    begin: scene => {
      scene.agents.programs.set(KEY, { ...LASTS, ranks: { 0: RANK } });
      drop(scene);
    },
    until: ({ status }) => status.ranks !== undefined,
  },
  stopping: {
    about: 'is asked to end, for it was edited',
    begin: scene => {
      scene.agents.programs.set(KEY, LASTS);
      drop(scene);
    },
    until: inPhase('running'),
    next: {
      act: scene => drop(scene, { args: ['edited'] }),
      until: ({ status }) => status.runs[0]?.stopping !== undefined,
    },
  },
  'worker-lost': {
    about: 'has lost a worker, which mpirun does not notice',
    begin: scene => {
      scene.agents.programs.set(KEY, { endless: true });
      drop(scene, { runPolicy: { backoffLimit: 1 } });
    },
    until: inPhase('running'),
    next: {
      act: ({ cluster, stateStore }) => {
        const [run] = stateStore.runs.values();
        const task = cluster.tasks.find(({ id }) => id === run?.claim?.workers[1]);
        if (task) cluster.end(task, 137);
      },
      until: waitsFor('WorkerLost'),
    },
  },
  'retry-waits': {
    about: 'has failed, and is tried again later',
    begin: scene => {
      scene.agents.programs.set(KEY, ({ run }) => ({ exitCode: run.endsWith('-1') ? 7 : 0 }));
      drop(scene, { runPolicy: { backoffLimit: 2 } });
    },
    until: waitsFor('BackOff'),
  },
  'retry-succeeded': {
    about: 'has succeeded with its third run',
    begin: scene => {
      scene.agents.programs.set(KEY, ({ run }) => ({
        exitCode: run.endsWith('-3') ? 0 : 7,
        stdout: 'ring\n',
      }));
      drop(scene, { runPolicy: { backoffLimit: 2 } });
    },
    until: inPhase('done'),
  },
  failed: {
    about: 'has failed for good, its program said why',
    begin: scene => {
      const failed: RankRecord = { ...RANK, state: 'FAILED', worker: 1, error: 'no such file: data.bin' };
      scene.agents.programs.set(KEY, {
        exitCode: 3,
        stderr: 'no such file\n',
        ranks: { 0: RANK, 1: failed },
      });
      drop(scene, { runPolicy: { backoffLimit: 0 } });
    },
    until: inPhase('done'),
  },
  suspended: {
    about: 'was suspended while it ran',
    begin: scene => {
      scene.agents.programs.set(KEY, LASTS);
      drop(scene);
    },
    until: inPhase('running'),
    next: {
      act: scene => drop(scene, { runPolicy: { suspend: true } }),
      until: ({ status }) => status.reason === 'Suspended',
    },
  },
  cancelled: {
    about: 'was cancelled while it ran',
    begin: scene => {
      scene.agents.programs.set(KEY, LASTS);
      drop(scene);
    },
    until: inPhase('running'),
    next: {
      act: scene => drop(scene, { runPolicy: { cancel: true } }),
      until: ({ status }) => status.phase === 'done',
    },
  },
  groups: {
    about: 'runs with two groups of workers',
    begin: scene => {
      scene.agents.programs.set(KEY, LASTS);
      const groups = [
        { name: 'gpu', replicas: 1, slots: 2, resources: { requests: { cpu: '1', memory: '64Mi' } } },
        { name: 'cpu', replicas: 2 },
      ] as const;
      scene.manifests.put('ring.yaml', groupedManifest('ring', groups, { launcher: { mode: 'Worker0' } }));
    },
    until: inPhase('running'),
  },
  package: {
    about: 'runs with a package',
    begin: scene => {
      scene.agents.programs.set(KEY, LASTS);
      scene.manifests.packages.set('app', {
        state: 'ready',
        content: { sha256: 'a'.repeat(64), bytes: 1_000 },
      });
      drop(scene, { package: 'app', configuration: { 'data.folder': '/data' } });
    },
    until: inPhase('running'),
  },
};

/** The world at the moment at which the record of a story is stored. */
export async function tell(story: Story): Promise<Scene> {
  const scene = new Scene();
  story.begin(scene);
  const reached = (until: Story['until']) => {
    const record = scene.find(KEY);
    return record !== undefined && until(record);
  };
  await scene.until(story.about, () => reached(story.until));
  if (story.next) {
    story.next.act(scene);
    await scene.until(story.about, () => reached(story.next?.until ?? story.until));
  }
  return scene;
}
