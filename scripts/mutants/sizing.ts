import { type Mutant, tests } from './mutant.js';

const { core, loop } = tests;

/** Idioms of what is done about very many jobs, and about very large ones. */
export const SIZING: readonly Mutant[] = [
  {
    idiom: 'of kept launchers those that ended first go',
    file: 'controller/core/gc/launchers.ts',
    find: 'a.endedAt - b.endedAt',
    replace: 'b.endedAt - a.endedAt',
    tests: core('gc/launchers'),
  },
  {
    idiom: 'what a person asked to keep counts as no kept launcher',
    file: 'controller/core/gc/launchers.ts',
    find: "=== 'Running' ? run",
    replace: "!== 'All' ? run",
    tests: core('gc/launchers'),
  },
  {
    idiom: 'a record that is too long for a znode is trimmed',
    file: 'controller/core/status/trimmed.ts',
    find: 'if (isShort(record)) return whole(record);',
    replace: 'return record;',
    tests: loop('long-status'),
  },
  {
    idiom: 'a record is stored in brief only where it is read back the same',
    file: 'controller/core/status/brief.ts',
    find: 'canonical(inFull(short)) === canonical(record) ? short : record',
    replace: 'short',
    tests: core('status/brief'),
  },
];
