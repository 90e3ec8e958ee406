/**
 * Writes docs/explanation/state-machine.md from the state machine itself; with `--check`, fails when it is not
 * current.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ladder } from '../controller/core/ladder/machine.js';
import { LADDER, PHASES, type Phase, type Rung } from '../controller/core/model/phase.js';

type Guard = Rung | 'started' | 'ended';

/** The meaning of each guard, in words; a guard without words doesn't compile. */
const HOLDS: Readonly<Record<Guard, string>> = {
  ...(Object.fromEntries(LADDER.map(({ phase, holds }) => [phase, holds])) as Record<Rung, string>),
  started: "the run's launcher has claimed the start, and the run has not ended",
  ended: 'the outcome is Succeeded, Failed or Cancelled, output is stored, the clean-up policy is applied',
};

interface Arrow {
  readonly from: Phase;
  readonly to: Phase;
  readonly guard: Guard;
}

/** The page as it should be. */
export function stateMachinePage(): string {
  const all = arrows();
  return `# The state machine

Generated from controller/core/ladder/machine.ts by scripts/state-machine.ts. Do not edit.

On every tick the machine starts at \`pending\` and climbs as far as the facts allow. The phase of the tick before plays no
part: if something that was true becomes false again, the next tick stops at a lower rung. The exception is a run that has
started: it stays \`running\` until it has ended.

\`\`\`mermaid
stateDiagram-v2
  [*] --> ${name('pending')}
${all.map(({ from, to, guard }) => `  ${name(from)} --> ${name(to)}: ${guard}`).join('\n')}
\`\`\`

| phase | it holds when | comes from |
| --- | --- | --- |
${PHASES.map(phase => row(phase, all)).join('\n')}
`;
}

/** All guarded transitions, in the order in which they are tried. */
export function arrows(): readonly Arrow[] {
  return PHASES.flatMap(
    from =>
      ladder.states[from]?.always?.map(({ guard, target }) => ({
        from,
        to: target?.[0]?.key as Phase,
        guard: guard as Guard,
      })) ?? [],
  );
}

function row(phase: Phase, all: readonly Arrow[]): string {
  const into = all.filter(({ to }) => to === phase);
  const [first] = into;
  const holds = first ? HOLDS[first.guard] : 'the manifest is valid, and nothing else holds yet';
  const sources =
    into.map(({ from, guard }) => `\`${from}\` if ${guard}`).join(', ') || 'every tick starts here';
  return `| ${phase} | ${holds} | ${sources} |`;
}

/** Mermaid takes a hyphen for the beginning of an arrow. */
function name(phase: Phase): string {
  return phase.replaceAll('-', '_');
}

export const PAGE = new URL('../docs/explanation/state-machine.md', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = stateMachinePage();
  if (!process.argv.includes('--check')) await writeFile(PAGE, page);
  else if ((await readFile(PAGE, 'utf8')) !== page) {
    console.error('docs/explanation/state-machine.md is not current: run scripts/state-machine.ts');
    process.exitCode = 1;
  }
}
