import { watch } from 'node:fs';
import { constants, type FileHandle, open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FRAME_BYTES, type RankPiece, rankFrame } from '../../../controller/shared/protocol/rank-frames.js';
import type { OutputBudget } from '../process/output-budget.js';
import type { Log } from '../runtime/log.js';

export interface Destination {
  readonly out: Writable;
  readonly budget: OutputBudget;
}

export interface RankOutput {
  /** Hands over everything that was copied when it was called; does not fail. */
  flush(): Promise<void>;
  /** Waits for the end of all copying, but not longer than that, and then does the same. @returns all bytes handed over, notes included. */
  finish(limitMs: number): Promise<number>;
  stop(): void;
}

/** Ranks write line by line; one poll for many lines. */
const GATHER_MS = 100;
/** inotify can overflow in silence, so the folder is also looked at now and then. */
const RESYNC_MS = 2000;
const FRAMES_AT_ONCE = 16;
const COPYING_PAUSE_MS = 20;

/**
 * Hands over what the ranks of this container write: the recorder's `tee` writes it to files in `folder`, named
 * `RANK.STREAM`, and each piece of them goes to `out`, the container's standard output, as a frame. Once the budget is used up
 * nothing more does, and the files are emptied again and again: `tee` goes on behind a hole, so they take no room.
 */
export function handOver(folder: string, { out, budget }: Destination, log: Log): RankOutput {
  const read = new Map<string, number>();
  let passed = 0;
  let isCut = false;
  const buffer = Buffer.alloc(FRAME_BYTES * FRAMES_AT_ONCE);
  let handing = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const pass = async (file: FileHandle, name: string, rank: number, stream: 'stdout' | 'stderr') => {
    for (;;) {
      const from = read.get(name) ?? 0;
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      if (bytesRead === 0) return;
      const admitted = buffer.subarray(0, budget.admit('ranks', buffer.subarray(0, bytesRead)));
      await send({ rank, stream, data: admitted });
      read.set(name, from + bytesRead);
      if (admitted.length === bytesRead) continue;
      isCut = true;
      const words = `\nmpiswarm: ${budget.words('ranks')}, that of all ranks in this container; the program goes on\n`;
      return await send({ rank, stream: 'stderr', data: Buffer.from(words) });
    }
  };
  const send = async ({ rank, stream, data }: RankPiece) => {
    let frames = '';
    for (let at = 0; at < data.length; at += FRAME_BYTES)
      frames += rankFrame({ rank, stream, data: data.subarray(at, at + FRAME_BYTES) });
    if (frames !== '') await new Promise<void>(done => out.write(frames, () => done()));
    passed += data.length;
  };
  const handOver = async () => {
    for (const name of await readdir(folder)) {
      const match = /^(\d{1,7})\.(stdout|stderr)$/.exec(name);
      if (!match) continue;
      if (isCut) {
        await truncate(join(folder, name));
        continue;
      }
      const file = await open(join(folder, name), 'r');
      try {
        await pass(file, name, Number(match[1]), match[2] === 'stderr' ? 'stderr' : 'stdout');
      } finally {
        await file.close();
      }
    }
  };
  const next = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    handing = handing.then(handOver).catch((error: unknown) => {
      log('could not hand over rank output', { error: String(error) });
    });
    return handing;
  };
  const soon = () => {
    timer ??= setTimeout(() => void next(), GATHER_MS);
  };

  const watcher = watch(folder, soon);
  watcher.on('error', error => log('watching output failed, polling instead', { error: error.message }));
  const resync = setInterval(soon, RESYNC_MS);
  return {
    flush: next,
    finish: async limitMs => {
      // mpirun may end before the last words of its ranks have been copied
      const end = performance.now() + limitMs;
      while (performance.now() < end && (await isCopying(folder))) await sleep(COPYING_PAUSE_MS);
      await next();
      return passed;
    },
    stop: () => {
      watcher.close();
      clearTimeout(timer);
      clearInterval(resync);
    },
  };
}

/** Whether a `tee` still reads from one of the pipes: only then a pipe can be opened for writing without waiting. */
async function isCopying(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(name => name.endsWith('.pipe'))) {
    const pipe = await open(join(folder, name), constants.O_WRONLY | constants.O_NONBLOCK).catch(
      () => undefined,
    );
    await pipe?.close();
    if (pipe) return true;
  }
  return false;
}
