import { createLogUpdate } from 'log-update';
import { pino } from 'pino';
import type { ManifestSet } from '../../api/manifest/manifests.js';
import { formatProblem } from '../../api/manifest/parse.js';
import { jumpWords } from '../../core/job/rebase.js';
import type { JobRecord } from '../../core/model/record.js';
import type { ControllerEvent } from '../../ports/events.js';
import type { Settings } from '../../settings/settings.js';
import { oneLine } from '../../shared/one-line.js';
import type { CliPorts } from '../context/ports.js';
import { Output } from '../context/stdout-writer.js';
import { type Paint, paintFor, type Style } from '../render/paint.js';
import { fillWords } from './fill-words.js';
import { leadershipLines } from './leadership-lines.js';
import { jobLines, type ProgressLine } from './progress-lines.js';
import { progressView } from './progress-view.js';

export interface Progress {
  /** A line about the set-up. */
  readonly say: (line: string) => void;
  readonly report: (event: ControllerEvent) => void;
  /** Leaves the last picture on the terminal. */
  readonly close: () => void;
}

export type ProgressSettings = Pick<Settings, 'color' | 'logFormat' | 'logLevel'>;

/** Shows what `up` does: a live view on a terminal, else one line for each change, as text or JSON. */
export function createProgress(
  settings: ProgressSettings,
  ports: Pick<CliPorts, 'stdout' | 'env' | 'now'>,
): Progress {
  const { stdout, env } = ports;
  const live = stdout.isTTY === true && settings.logFormat === 'text' && env['TERM'] !== 'dumb';
  const sink = live ? terminalSink(settings, ports) : lineSink(settings, ports);
  const news = newsReader(sink);
  const report = (one: ControllerEvent): void => {
    news(one);
    sink.refresh();
  };
  return { say: text => sink.line({ level: 'info', text: oneLine(text) }), report, close: sink.close };
}

interface Sink {
  readonly line: (line: ProgressLine) => void;
  /** The job as it is now; undefined: it is gone. */
  readonly job: (key: string, record: JobRecord | undefined) => void;
  /** After all that one piece of news changed. */
  readonly refresh: () => void;
  readonly close: () => void;
}

/** Sends what is new to the sink. What doesn't change is reported once. */
function newsReader(sink: Sink): (event: ControllerEvent) => void {
  let problems: readonly string[] = [];
  let unreadable: string | undefined;
  let refused: string | undefined;
  let filling: string | undefined;
  const standingLine = leadershipLines();
  const troubles = new Map<string, string>();
  return news => {
    switch (news.kind) {
      case 'job':
        troubles.delete(news.record.key);
        sink.job(news.record.key, news.record);
        for (const line of jobLines(news.record, news.before)) sink.line(line);
        return;
      case 'job-removed':
        sink.job(news.key, undefined);
        return sink.line({ level: 'info', job: news.key, text: 'removed' });
      case 'folder': {
        if (unreadable !== undefined)
          sink.line({ level: 'info', text: 'Docker and ZooKeeper can be read again' });
        unreadable = undefined;
        for (const [key, { record }] of news.observation.stateStore.jobs) sink.job(key, record);
        const now = folderLines(news.observation.manifests);
        for (const line of now.filter(({ text }) => !problems.includes(text))) sink.line(line);
        problems = now.map(({ text }) => text);
        return;
      }
      case 'world-unreadable':
        if (news.error !== unreadable) sink.line({ level: 'error', text: oneLine(news.error) });
        unreadable = news.error;
        return;
      case 'store-refused': {
        const { reason, message } = news.reason;
        if (refused !== message) sink.line({ level: 'error', text: `${reason}: ${oneLine(message)}` });
        refused = message;
        return;
      }
      case 'leadership': {
        const line = standingLine(news.standing);
        return line && sink.line(line);
      }
      case 'orphan-removed': {
        const things = news.things.map(oneLine).join(', ');
        return sink.line({ level: 'warn', text: `run ${news.run} belongs to no job; removed ${things}` });
      }
      case 'clock-jumped':
        return sink.line({
          level: 'warn',
          text: `the clock of this machine jumped ${jumpWords(news.byMs)}; deadlines are moved by that much`,
        });
      case 'network-removed':
        return sink.line({ level: 'info', text: `removed network ${news.name}: no job uses it` });
      case 'zookeeper-filling': {
        const text = fillWords(news);
        if (text !== filling) sink.line({ level: 'warn', text });
        filling = text;
        return;
      }
      case 'deposed':
        return sink.line({ level: 'warn', text: `lost leadership, on standby: ${oneLine(news.why)}` });
      case 'command-failed': {
        const { reason, message } = news.trouble;
        if (troubles.get(news.key) === message) return;
        troubles.set(news.key, message);
        return sink.line({ level: 'warn', job: news.key, text: `${reason}: ${oneLine(message)}` });
      }
      default:
        return news satisfies never;
    }
  };
}

function folderLines(set: ManifestSet): readonly ProgressLine[] {
  const error: readonly ProgressLine[] = set.error === undefined ? [] : [{ level: 'error', text: set.error }];
  return [
    ...error,
    ...set.warnings.map((text): ProgressLine => ({ level: 'warn', text })),
    ...set.problems.map((problem): ProgressLine => ({ level: 'error', text: formatProblem(problem) })),
    ...set.notices.map((notice): ProgressLine => ({ level: 'info', text: formatProblem(notice) })),
  ];
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

function lineSink(settings: ProgressSettings, { stdout, now }: Pick<CliPorts, 'stdout' | 'now'>): Sink {
  const out = new Output(stdout);
  const paint = paintFor(settings.color, false);
  const logger = pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: level => ({ level }) },
    },
    { write: (text: string) => out.enqueue(text) },
  );
  const text = (line: ProgressLine): void => {
    if (isShown(line, settings)) out.enqueue(`${lineText(line, now(), paint)}\n`);
  };
  const json = ({ level, job, text: msg }: ProgressLine): void =>
    logger[level](job === undefined ? {} : { job }, msg);
  return {
    line: settings.logFormat === 'json' ? json : text,
    job: () => {},
    refresh: () => {},
    close: () => {},
  };
}

function isShown({ level }: ProgressLine, { logLevel }: ProgressSettings): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(logLevel);
}

const LEVEL_STYLES: Readonly<Partial<Record<ProgressLine['level'], Style>>> = {
  warn: 'yellow',
  error: 'red',
};

/** `12:03:04 default/ring ssh-ready (1.9 s)`, in the time zone of this machine. */
function lineText({ level, job, text }: ProgressLine, now: number, paint: Paint): string {
  const time = new Date(now).toTimeString().slice(0, 8);
  const style = LEVEL_STYLES[level];
  return `${paint('dim', time)} ${job === undefined ? '' : `${job} `}${style ? paint(style, text) : text}`;
}

/** Often enough that seconds tick. */
const REDRAW_MS = 500;

/** All jobs in a picture that is kept up to date; lines about no job or about trouble stay above it. */
function terminalSink(settings: ProgressSettings, { stdout, now }: Pick<CliPorts, 'stdout' | 'now'>): Sink {
  const update = createLogUpdate(stdout);
  const paint = paintFor(settings.color, true);
  const records = new Map<string, JobRecord>();
  const draw = (): void => {
    const size = { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
    update(progressView([...records.values()], { ...size, now: now(), paint }).join('\n'));
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    line: line => {
      const inPicture = line.job !== undefined && records.has(line.job) && line.level === 'info';
      if (!inPicture && isShown(line, settings)) update.persist(lineText(line, now(), paint));
    },
    job: (key, record) => {
      if (record) records.set(key, record);
      else records.delete(key);
    },
    refresh: draw,
    close: () => {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}
