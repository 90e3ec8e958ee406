import type { LeadershipState } from '../../ports/leadership.js';
import { oneLine } from '../../shared/one-line.js';
import { timestamp } from '../render/age.js';
import type { ProgressLine } from './progress-lines.js';

/** What is worth telling of who leads, each time that it changes. A controller that is alone has nothing to tell. */
export function leadershipLines(): (standing: LeadershipState) => ProgressLine | undefined {
  let last: string | undefined;
  return standing => {
    const line = standing.role === 'leader' ? leading(standing.term.epoch, last) : standingBy(standing, last);
    if (!line || line.text === last) return undefined;
    last = line.text;
    return line;
  };
}

function leading(epoch: number, last: string | undefined): ProgressLine {
  return { level: last === undefined ? 'debug' : 'info', text: `leading, epoch ${epoch}` };
}

function standingBy(
  { leader, problem }: Extract<LeadershipState, { role: 'standby' }>,
  last: string | undefined,
): ProgressLine | undefined {
  if (problem !== undefined) return { level: 'error', text: `on standby: ${oneLine(problem)}` };
  if (leader) {
    const who = `${oneLine(leader.host)} (process ${leader.pid}) leads since ${timestamp(leader.since)}`;
    return { level: 'info', text: `on standby: ${who}` };
  }
  // Before it is known who leads there is nothing to tell
  return last?.startsWith('leading') ? { level: 'warn', text: 'on standby: no longer leading' } : undefined;
}
