/** `team/ring.yaml` of a job's source `team/ring.yaml:3`. */
export function fileOf(source: string): string {
  return source.replace(/:\d+$/, '');
}
