import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromBest, ToBest } from './best.js';
import type { Contender } from './contender.js';
import type { Place } from './place.js';

const DEADLINE_MS = 120_000;

/** The best script, started and waiting for its go signal. */
export async function bestContender({ socket, imageId, subnet }: Place): Promise<Contender> {
  const script = fileURLToPath(new URL('best.ts', import.meta.url));
  const child = fork(script, [socket, imageId, subnet], { execArgv: ['--import', 'tsx'] });
  await answer(child);
  return {
    name: 'best',
    run: async (run, workers) => {
      const answered = answer(child);
      const go = Date.now();
      send(child, { do: 'run', run, workers });
      const result = await answered;
      if (result.say !== 'ended') throw new Error(`best script: expected its end, got ${result.say}`);
      if (result.exitCode !== 0) throw new Error(`best script: exit ${result.exitCode}: ${result.output}`);
      return { go, output: result.output, marks: [] };
    },
    remove: async run => {
      const answered = answer(child);
      send(child, { do: 'remove', run });
      await answered;
    },
    close: async () => {
      child.disconnect();
      child.kill();
    },
  };
}

function send(child: ChildProcess, message: ToBest): void {
  child.send(message);
}

async function answer(child: ChildProcess): Promise<FromBest> {
  const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) })) as [
    FromBest,
  ];
  if (message.say === 'failed') throw new Error(`best script: ${message.error}`);
  return message;
}
