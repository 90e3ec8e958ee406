import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { add, type Figures, noFigures } from './figures.js';

const SHARD = fileURLToPath(new URL('shard.ts', import.meta.url));
const MOST = 8;

/** Plays a suite in as many processes as the machine has cores; the arguments are those of shard.ts. */
export async function playAll(
  args: readonly string[],
): Promise<{ readonly figures: Figures; readonly seconds: number; readonly processes: number }> {
  const from = performance.now();
  const processes = Math.min(availableParallelism(), MOST);
  const parts = await Promise.all(
    Array.from({ length: processes }, (_, part) =>
      playPart(['--part', String(part), '--of', String(processes), ...args]),
    ),
  );
  const figures = noFigures();
  for (const part of parts) add(figures, part);
  return { figures, seconds: (performance.now() - from) / 1_000, processes };
}

async function playPart(args: readonly string[]): Promise<Figures> {
  const child = spawn(process.execPath, ['--import', 'tsx', SHARD, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`a process of the simulation ended with code ${code}`);
  return JSON.parse(Buffer.concat(pieces).toString().trim().split('\n').at(-1) ?? '') as Figures;
}
