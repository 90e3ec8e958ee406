import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import type { ManifestSet } from '../../../controller/api/manifest/manifests.js';
import { mergeFiles } from '../../../controller/api/manifest/merge-files.js';
import { createProgress, type ProgressSettings } from '../../../controller/cli/progress/progress.js';
import { doneRing, T0, waitingRing } from '../samples.js';

function shown(settings: Partial<ProgressSettings> = {}, terminal = false) {
  const stdout = Object.assign(new PassThrough(), { isTTY: terminal, columns: 100, rows: 20 });
  const progress = createProgress(
    { color: 'never', logFormat: 'text', logLevel: 'info', ...settings },
    { stdout, env: {}, now: () => T0 },
  );
  const text = (): string => (stdout.read() as Buffer | null)?.toString('utf8') ?? '';
  return {
    progress,
    text,
    lines: () =>
      text()
        .trimEnd()
        .split('\n')
        .map(line => line.replace(/^\d\d:\d\d:\d\d /, '')),
  };
}

function folder(...messages: readonly string[]) {
  const problems = messages.map(message => ({ file: 'a.yaml', line: 2, column: 3, message }));
  const manifests: ManifestSet = { ...mergeFiles([]), problems };
  return { kind: 'folder', observation: { manifests, stateStore: { jobs: new Map() } } } as const;
}

describe('progress without a terminal', () => {
  it('is a line for each change, with the time of day', () => {
    const { progress, text } = shown();
    progress.say('watching ./manifests');
    progress.report({ kind: 'job', record: waitingRing(), before: undefined });
    progress.close();
    expect(text()).to.match(/^\d\d:\d\d:\d\d watching \.\/manifests\n\d\d:\d\d:\d\d default\/ring pending\n/);
  });

  it('reports a problem of a manifest once, and again when it returns', () => {
    const { progress, lines } = shown();
    for (const news of [folder('bad'), folder('bad'), folder('bad', 'worse'), folder(), folder('bad')]) {
      progress.report(news);
    }
    expect(lines()).to.deep.equal(['a.yaml:2:3: bad', 'a.yaml:2:3: worse', 'a.yaml:2:3: bad']);
  });

  it('warns once that the folder is polled', () => {
    const { progress, lines } = shown();
    const news = folder();
    const warnings = ['manifest folder /jobs cannot be watched, so it is polled: no inotify watch is left'];
    const polled = {
      ...news,
      observation: { ...news.observation, manifests: { ...news.observation.manifests, warnings } },
    };
    for (const one of [polled, polled]) progress.report(one);
    expect(lines()).to.deep.equal(warnings);
  });

  it('reports once that the world cannot be read, and when it can be read again', () => {
    const { progress, lines } = shown();
    const unreadable = (error: string) => ({ kind: 'world-unreadable', error }) as const;
    for (const news of [
      unreadable('engine: refused'),
      unreadable('engine: refused'),
      unreadable('zk: lost'),
      folder(),
      folder(),
    ]) {
      progress.report(news);
    }
    expect(lines()).to.deep.equal(['engine: refused', 'zk: lost', 'Docker and ZooKeeper can be read again']);
  });

  it('reports a command that keeps failing once, until its message changes', () => {
    const { progress, lines } = shown();
    const failed = (message: string) =>
      ({ kind: 'command-failed', key: 'default/ring', trouble: { reason: 'Retrying', message } }) as const;
    for (const news of [failed('409'), failed('409'), failed('500')]) progress.report(news);
    expect(lines()).to.deep.equal(['default/ring Retrying: 409', 'default/ring Retrying: 500']);
  });

  it('can be read by programs', () => {
    const { progress, text } = shown({ logFormat: 'json' });
    progress.report({ kind: 'job-removed', key: 'default/ring' });
    expect(JSON.parse(text())).to.deep.equal({
      level: 'info',
      time: '2026-11-23T12:00:00.000Z',
      job: 'default/ring',
      msg: 'removed',
    });
  });

  it('leaves out what is below the level that is asked for', () => {
    const { progress, lines } = shown({ logLevel: 'error' });
    progress.say('watching');
    progress.report(folder('bad'));
    expect(lines()).to.deep.equal(['a.yaml:2:3: bad']);
  });
});

describe('progress on a terminal', () => {
  it('is a picture that ends with how things are', () => {
    const { progress, text } = shown({}, true);
    progress.report({ kind: 'job', record: waitingRing(), before: undefined });
    progress.report({ kind: 'job', record: doneRing(), before: waitingRing() });
    progress.close();
    const screen = stripVTControlCharacters(text()).split('\n');
    expect(screen.some(line => line.includes('●●●◐○○○○ networked'))).to.equal(true);
    expect(screen.filter(line => line !== '').at(-1)).to.contain('●●●●●●●● done   Succeeded 2.6 s');
  });

  it('keeps trouble above the picture', () => {
    const { progress, text } = shown({}, true);
    progress.report({ kind: 'job', record: waitingRing(), before: undefined });
    progress.report(folder('bad'));
    progress.close();
    expect(stripVTControlCharacters(text())).to.contain('a.yaml:2:3: bad\n');
  });
});
