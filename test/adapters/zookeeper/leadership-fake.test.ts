import { Effects } from '../../fakes/effects.js';
import { FakeElection } from '../../fakes/election.js';
import { RunZnodesStore } from '../../fakes/run-znodes.js';
import { type Arena, itHasOneLeader } from './election/leadership.contract.js';

describe('leadership in memory', () => {
  let arena: Arena;

  beforeEach(() => {
    let now = 0;
    const election = new FakeElection(() => now, 1_500);
    const registry = new RunZnodesStore(new Effects(), election);
    arena = {
      timeoutMs: election.timeoutMs,
      slackMs: 20,
      now: () => now,
      pass: async ms => {
        now += ms;
      },
      campaign: async () => {
        const leadership = election.campaign();
        return {
          leadership,
          registry: leadership.fenced(registry),
          cut: () => leadership.cut(),
          heal: () => leadership.heal(),
        };
      },
      depose: async (_victim, writes) => {
        election.begin(election.campaign());
        return Promise.all(writes().map(write => write.catch((error: unknown) => error)));
      },
    };
  });

  itHasOneLeader(() => arena);
});
