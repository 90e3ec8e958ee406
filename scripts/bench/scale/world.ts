import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { startZooKeeper, type ZooKeeperServer } from '../../../test/adapters/zookeeper/server.js';
import { manifest } from '../../../test/loop/scene.js';
import { finishedJobs } from '../../../test/support/finished-jobs.js';
import { CREDENTIAL, type Message, PER_FOLDER, type Question, type Setup, type Usage } from './setup.js';

const DAY_MS = 86_400_000;
const AT_ONCE = 200;

/** ZooKeeper and folders, one of each for each controller process, and what is removed in the end. */
export class World {
  readonly #children: ChildProcess[] = [];
  #roots = 0;

  private constructor(
    readonly zookeeper: ZooKeeperServer,
    readonly base: string,
  ) {}

  static async create(): Promise<World> {
    return new World(await startZooKeeper(), await mkdtemp(join(tmpdir(), 'mpiswarm-scale-')));
  }

  /** A root in ZooKeeper and a folder in which so many jobs have ended and so many others are to run. */
  async setUp(counts: Pick<Setup, 'settled' | 'live'>): Promise<Setup> {
    this.#roots += 1;
    const folder = join(this.base, String(this.#roots));
    await mkdir(folder);
    const setup = {
      zookeeper: `127.0.0.1:${this.zookeeper.port}`,
      root: `/scale${this.#roots}`,
      folder,
      ...counts,
    };
    await storeFinished(setup);
    for (let i = 0; i < counts.live; i += 1) await put(folder, `live/live-${i}.yaml`, manifest(`live-${i}`));
    return setup;
  }

  start(setup: Setup): Process {
    const child = fork(fileURLToPath(new URL('controller.ts', import.meta.url)), [JSON.stringify(setup)], {
      execArgv: ['--import', 'tsx'],
    });
    this.#children.push(child);
    return new Process(child);
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.zookeeper.stop();
    await rm(this.base, { recursive: true, force: true });
  }
}

/** A controller that runs on its own. */
export class Process {
  readonly troubles: string[] = [];

  constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Message) => {
      if (message.kind === 'trouble') this.troubles.push(message.text);
    });
  }

  /** The next message that fits. */
  next<T>(pick: (message: Message) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`the controller ended: ${this.troubles.join('; ')}`));
      const look = (message: Message): void => {
        const picked = pick(message);
        if (picked === undefined) return;
        this.child.off('message', look);
        this.child.off('exit', ended);
        resolve(picked);
      };
      this.child.on('message', look);
      this.child.once('exit', ended);
    });
  }

  led(fits: (open: number) => boolean = () => true): Promise<number> {
    return this.next(one => (one.kind === 'led' && fits(one.open) ? one.afterMs : undefined));
  }

  ask(question: Question): void {
    this.child.send(question);
  }

  async usage(): Promise<Usage> {
    this.ask('end');
    return this.next(one => (one.kind === 'usage' ? one.usage : undefined));
  }

  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

export async function put(folder: string, file: string, text: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Manifests and records of jobs that ran and have ended, in folders of a few hundred. */
async function storeFinished({ zookeeper, root, folder, settled }: Setup): Promise<void> {
  const make = await finishedJobs(Date.now() - DAY_MS);
  const store = new ZooKeeperStateStore({
    hosts: zookeeper,
    root,
    credential: CREDENTIAL,
    timeoutMs: 30_000,
  });
  try {
    for (let from = 0; from < settled; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, settled - from);
      await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const { name, text, record } = make(from + i);
          const file = `${Math.floor((from + i) / PER_FOLDER)}/${name}.yaml`;
          await put(folder, file, text);
          await store.writeJob(readFrom(record, `${name}.yaml`, file), undefined);
        }),
      );
    }
  } finally {
    await store.close();
  }
}

/** The record as it is where the manifest lies in another file. */
function readFrom(record: JobRecord, before: string, after: string): JobRecord {
  return JSON.parse(JSON.stringify(record).replaceAll(`"${before}:`, `"${after}:`)) as JobRecord;
}
