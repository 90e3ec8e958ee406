import { parseArgs } from 'node:util';
import { runCycles } from '../../test/e2e/cycles/cycles.js';
import { TestInstallation } from '../../test/e2e/support/installation.js';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '300' }, parallel: { type: 'string', default: '6' } },
});
const mpiswarm = await TestInstallation.create();
try {
  await mpiswarm.start();
  const { cycles, seconds, differences, freeAddresses } = await runCycles(mpiswarm, {
    count: Number(values.count),
    parallel: Number(values.parallel),
    say: line => console.log(line),
  });
  console.log(`${cycles} cycles in ${seconds.toFixed(0)} s`);
  console.log(`free addresses: ${freeAddresses.before} before, ${freeAddresses.after} after`);
  for (const line of differences) console.log(line);
  console.log(differences.length === 0 ? 'everything is as it was' : `${differences.length} differences`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await mpiswarm.destroy();
}
