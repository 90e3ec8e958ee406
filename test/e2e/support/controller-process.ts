import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { ENV, type TestInstallation, until } from './installation.js';

/** In a user namespace, which has limits of its own, so that the machine's stay as they are: $0 is the limit. */
const LIMITED = 'echo "$0" > /proc/sys/user/max_inotify_watches && exec "$@"';

/**
 * A controller of an installation that has several. It has process numbers of its own, as one of another machine has, so
 * that no other controller can see whether it still runs.
 */
export class ControllerProcess {
  readonly #unshare: ChildProcess;
  readonly #heard: { readonly at: number; readonly text: string }[] = [];

  private constructor(installation: TestInstallation, inotifyWatches: number | undefined) {
    const apart = ['--pid', '--fork', '--kill-child', '--mount-proc'];
    const up = installation.upCommand;
    const argv =
      inotifyWatches === undefined
        ? [...apart, ...up]
        : [...apart, '--user', '--map-root-user', 'sh', '-c', LIMITED, String(inotifyWatches), ...up];
    this.#unshare = spawn('unshare', argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: ENV,
    });
    const hear = (data: Buffer): void =>
      void this.#heard.push({ at: performance.now(), text: data.toString() });
    this.#unshare.stdout?.on('data', hear);
    this.#unshare.stderr?.on('data', hear);
  }

  /**
   * Returns when it watches the folder.
   *
   * @param inotifyWatches how many it may have; as many as the machine allows where nothing is said.
   */
  static async start(installation: TestInstallation, inotifyWatches?: number): Promise<ControllerProcess> {
    const controller = new ControllerProcess(installation, inotifyWatches);
    await controller.says('watching', 60_000);
    return controller;
  }

  get log(): string {
    return this.#heard.map(({ text }) => text).join('');
  }

  /** Waits until it has said so. @returns when: milliseconds on the clock of `performance.now()`. */
  async says(words: string, ms: number): Promise<number> {
    try {
      return await until(`"${words}" of a controller`, ms, async () => {
        if (this.#unshare.exitCode !== null) throw new Error(`it ended with ${this.#unshare.exitCode}`);
        let text = '';
        return this.#heard.find(one => {
          text += one.text;
          return text.includes(words);
        })?.at;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.log}`);
    }
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    const { pid } = this.#unshare;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const [child = ''] = children.trim().split(' ');
    process.kill(Number(child), signal);
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    if (this.#unshare.exitCode === null && this.#unshare.signalCode === null)
      await once(this.#unshare, 'exit');
  }

  /** Ends it at once, if it still runs. */
  async kill(): Promise<void> {
    this.#unshare.kill('SIGKILL');
    await this.ended();
  }
}
