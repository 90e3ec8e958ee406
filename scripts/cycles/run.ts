import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runCycles } from '../../test/e2e/cycles/cycles.js';
import { TestInstallation } from '../../test/e2e/support/installation.js';
import { writeSection } from '../docs/section.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    parallel: { type: 'string', default: '6' },
    /** Put what was found into docs/explanation/reliability.md. */
    write: { type: 'boolean', default: false },
  },
});
const mpiswarm = await TestInstallation.create();
try {
  await mpiswarm.start();
  const { cycles, seconds, differences, freeAddresses } = await runCycles(mpiswarm, {
    count: Number(values.count),
    parallel: Number(values.parallel),
    say: line => console.log(line),
  });
  const lines = [
    `${cycles} cycles took ${seconds.toFixed(0)} s on ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}).`,
    `Free addresses: ${freeAddresses.before} before, ${freeAddresses.after} after.`,
    ...differences,
    differences.length === 0 ? 'Everything is as it was.' : `**${differences.length} differences.**`,
  ];
  for (const line of lines) console.log(line);
  if (values.write) await writeSection('explanation/reliability.md', 'cycles', lines.join('\n'));
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await mpiswarm.destroy();
}
