import { crashPairs, effectPlans, phasePlans, phaseThenCrash, reference, tickPlans } from './enumerate.js';
import type { Plan } from './plan.js';
import type { Reference } from './play.js';
import { WORKLOADS } from './workloads.js';

/** Plans that share a workload, and how that one ends without faults. */
export interface Chapter {
  readonly workload: string;
  readonly reference: Reference;
  readonly plans: readonly Plan[];
}

const AROUND = ['crash', 'stale view', 'wake-up', 'ZooKeeper', 'engine', 'leader'];
const PAIRED = ['ring'];

/** Edits are stories of their own: a workload whose program never ends by itself would not end where one is in its way. */
function families(workload: string): readonly string[] {
  return WORKLOADS[workload]?.stops ? ['behind our back'] : ['behind our back', 'edit'];
}

/** What takes hold a few ticks later differs little from what takes hold at once or after many: that is for the night. */
function isRegular({ faults }: Plan): boolean {
  return faults.every(({ kind }) => !/late[15]$/.test(kind));
}

/** What is played in `npm test`: every crash and every fault of a reply at every effect, everything else in every phase. */
export async function* regular(only?: string): AsyncGenerator<Chapter> {
  for (const workload of Object.keys(WORKLOADS)) {
    if (only !== undefined && workload !== only) continue;
    const known = await reference(workload);
    const pairs = PAIRED.includes(workload)
      ? await crashPairs(workload, known, [['crash-during', 'crash-after']])
      : [];
    const plans = WORKLOADS[workload]?.loose
      ? phasePlans(workload, known, ['edit'])
      : [
          ...effectPlans(workload, known).filter(isRegular),
          ...phasePlans(workload, known, [...AROUND, ...families(workload)]),
          ...pairs,
        ];
    yield { workload, reference: known, plans };
  }
}

const PAIRS = [
  ['crash-before', 'crash-before'],
  ['crash-during', 'crash-during'],
  ['crash-after', 'crash-during'],
  ['crash-late5', 'crash-after'],
  ['lost', 'crash-during'],
  ['late5', 'crash-after'],
] as const;

/** What is played at night: all pairs of crashes, every fault at every tick, and a crash at every effect after each edit. */
export async function* nightly(only?: string): AsyncGenerator<Chapter> {
  for await (const { workload, reference: known, plans } of regular(only)) {
    const edits = WORKLOADS[workload]?.stops ? [] : ['edit'];
    yield {
      workload,
      reference: known,
      plans: [
        ...plans,
        ...effectPlans(workload, known).filter(plan => !isRegular(plan)),
        ...(await crashPairs(workload, known, PAIRS)),
        ...tickPlans(workload, known, { families: [...AROUND, ...families(workload)], every: 1 }),
        ...(await phaseThenCrash(workload, known, { families: edits, crash: 'crash-during' })),
      ],
    };
  }
}
