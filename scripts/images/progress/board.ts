import { createLogUpdate } from 'log-update';

/** One piece of work that the board shows. */
export interface Task {
  /** What is being done now. */
  doing(words: string): void;
  end(): void;
}

export interface Board {
  /** A line that stays. */
  readonly say: (line: string) => void;
  /** Shows work under a name until it ends. */
  task(name: string, expectedSeconds: number): Task;
  close(): void;
}

export interface BoardOptions {
  readonly say: (line: string) => void;
  /** Where work in progress is drawn, if it is a terminal; otherwise lines are said now and then. */
  readonly out?: NodeJS.WriteStream;
  readonly everyMs?: number;
}

interface Shown {
  readonly name: string;
  readonly since: number;
  readonly expectedSeconds: number;
  words: string;
}

/** `3 images; usually 1:30 on two cores, most of it downloads` */
export function expectation(wanted: readonly { readonly expectedSeconds: number }[]): string {
  const longest = Math.max(...wanted.map(({ expectedSeconds }) => expectedSeconds));
  const number = wanted.length === 1 ? '1 image' : `${wanted.length} images`;
  return `${number} (usually ${clock(longest)} minutes on two cores, most of it downloads)`;
}

const REDRAW_MS = 250;
const LINE_MS = 15_000;
const COLUMNS = 120;

/**
 * Shows work that goes on side by side: on a terminal as lines that change in place, elsewhere as a line every 15 s.
 * Each has its step, how long it has taken and how long it usually takes.
 */
export function startBoard({ say, out = process.stdout, everyMs }: BoardOptions): Board {
  const terminal = out.isTTY === true;
  const update = terminal ? createLogUpdate(out) : undefined;
  const shown = new Set<Shown>();
  const draw = (): void => {
    const lines = [...shown].map(task => taskLine(task, performance.now()));
    const short = lines.map(line => cut(line, out.columns || COLUMNS));
    if (update === undefined) for (const line of short) say(line);
    else update(short.join('\n'));
  };
  const timer = setInterval(draw, everyMs ?? (terminal ? REDRAW_MS : LINE_MS));
  const keep = (line: string): void => {
    update?.clear();
    say(line);
    if (terminal) draw();
  };
  return {
    say: keep,
    task: (name, expectedSeconds) => {
      const task = { name, expectedSeconds, since: performance.now(), words: 'starting' };
      shown.add(task);
      return {
        doing: words => {
          task.words = words;
        },
        end: () => void shown.delete(task),
      };
    },
    close: () => {
      clearInterval(timer);
      update?.clear();
      update?.done();
    },
  };
}

/** `openmpi5   0:42 of about 1:30   step 3 of 12: RUN apt-get update` */
export function taskLine({ name, since, expectedSeconds, words }: Shown, now: number): string {
  const time = `${clock((now - since) / 1_000)} of about ${clock(expectedSeconds)}`;
  return `  ${name.padEnd(12)}  ${time}  ${words}`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

/** A terminal breaks a longer line, and then more lines than were drawn would have to be cleared. */
function cut(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}
