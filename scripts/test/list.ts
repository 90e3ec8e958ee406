import type { Message } from './model/messages.js';
import type { ListedTest } from './model/suites.js';
import { runChild } from './run-child.js';

/** Loading a test of the cluster makes clients, which connect to nothing before they are used. */
const NO_CLUSTER = { MPISWARM_TEST_DOCKER: 'unix:///no/engine', MPISWARM_TEST_CLUSTER: 'none' };

/** All tests in these files, in order, without running them. Throws when a file cannot be loaded. */
export async function listTests(files: readonly string[]): Promise<readonly ListedTest[]> {
  const tests: ListedTest[] = [];
  const lines: string[] = [];
  const hear = (message: Message): void => {
    if (message.kind === 'listed') tests.push(...message.tests);
  };
  const end = await runChild({
    order: { files, wanted: { javaImage: true }, list: true },
    env: NO_CLUSTER,
    hear,
    line: text => lines.push(text),
  });
  if (end !== undefined)
    throw new Error(`the tests cannot be loaded: the process ${end}\n${lines.join('\n')}`);
  return tests;
}
