import { interfaceProblem, subnetProblem } from '../types/cidr.js';
import { packageProblem } from '../types/package.js';
import { fractionProblem, readCpu, readMemory } from '../types/quantity.js';

/** The schema's own formats: what is wrong with a text ("must be …, got …"), or undefined when nothing is. */
export const FORMATS: Readonly<Record<string, (text: string) => string | undefined>> = {
  cpu: text => problemOf(readCpu(text)),
  memory: text => problemOf(readMemory(text)),
  fraction: fractionProblem,
  subnet: subnetProblem,
  interface: interfaceProblem,
  package: packageProblem,
};

function problemOf(quantity: ReturnType<typeof readCpu>): string | undefined {
  return quantity.ok ? undefined : quantity.error;
}
