/**
 * Name for a cluster that one test file starts for itself, at most seven letters. It begins as the runner's own clusters
 * do, so that runs side by side do not meet and the runner can remove what a killed test has left.
 */
export function ownCluster(word: string): string {
  return `${process.env['MPISWARM_TEST_CLUSTER_NAME'] ?? 'test'}0${word}`;
}
