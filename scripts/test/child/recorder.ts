import { relative } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import type { Ended, Message } from '../model/messages.js';

const { EVENT_HOOK_BEGIN, EVENT_HOOK_END, EVENT_RUN_END, EVENT_SUITE_BEGIN } = Mocha.Runner.constants;
const { EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

/** A reporter for mocha that says how each test, hook and file ended and how long it took, and prints nothing. */
export function recorder(say: (message: Message) => void): Mocha.ReporterConstructor {
  return class extends Mocha.reporters.Base {
    #file: string | undefined;
    #from = 0;
    #hookFrom = 0;

    constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
      super(runner, options);
      runner.on(EVENT_SUITE_BEGIN, suite => {
        if (!suite.root) this.#enter(suite.file);
      });
      runner.on(EVENT_HOOK_BEGIN, () => {
        this.#hookFrom = performance.now();
      });
      runner.on(EVENT_HOOK_END, hook => say({ kind: 'ended', ended: this.#hook(hook, 'passed') }));
      runner.on(EVENT_TEST_PASS, test => say({ kind: 'ended', ended: testOf(test, 'passed') }));
      runner.on(EVENT_TEST_PENDING, test => say({ kind: 'ended', ended: testOf(test, 'skipped') }));
      runner.on(EVENT_TEST_FAIL, (test, error) => this.#fail(test, error as Error));
      runner.once(EVENT_RUN_END, () => {
        this.#enter(undefined);
        say({ kind: 'end' });
      });
    }

    /** mocha runs file by file, so one ends where another begins. */
    #enter(path: string | undefined): void {
      const file = path === undefined ? undefined : relative(process.cwd(), path);
      if (file === this.#file) return;
      if (this.#file !== undefined)
        say({ kind: 'file', file: this.#file, ms: performance.now() - this.#from });
      this.#file = file;
      this.#from = performance.now();
    }

    /** mocha gives a hook that failed to the listeners of failed tests. */
    #fail(runnable: Mocha.Test | Mocha.Hook, error: Error): void {
      const words = wordsOf(runnable as Mocha.Test, error);
      const ended =
        runnable.type === 'hook'
          ? this.#hook(runnable as Mocha.Hook, 'failed')
          : testOf(runnable as Mocha.Test, 'failed');
      say({ kind: 'ended', ended: { ...ended, error: words } });
    }

    /** A hook of the whole process, as one that a file imports, counts for the file that it comes after. */
    #hook(hook: Mocha.Hook, outcome: Ended['outcome']): Ended {
      const suite = hook.parent?.fullTitle() ?? '';
      const file = this.#file ?? '';
      const ms = performance.now() - this.#hookFrom;
      return { kind: 'hook', file, title: `${suite} ${hook.title}`.trim(), ms, outcome, grep: suite };
    }
  };
}

function testOf(test: Mocha.Test, outcome: Ended['outcome']): Ended {
  const title = test.fullTitle();
  const file = relative(process.cwd(), test.file ?? '');
  return { kind: 'test', file, title, ms: test.duration ?? 0, outcome, grep: title };
}

/** mocha's own words for a failure, with the difference between what was expected and what was seen. */
function wordsOf(test: Mocha.Test, error: Error): string {
  const { Base } = Mocha.reporters;
  const print = Base.consoleLog;
  const lines: string[] = [];
  Base.consoleLog = (...parts: unknown[]) => void lines.push(format(...parts));
  try {
    test.err = error;
    Base.list([test]);
  } finally {
    Base.consoleLog = print;
  }
  return lines.join('\n').trim().replace(/^1\) /, '');
}
