/** The ladder, lowest rung first. */
export const PHASES = [
  'pending',
  'imaged',
  'networked',
  'ssh-ready',
  'registered',
  'hostfile-written',
  'running',
  'done',
] as const;

export type Phase = (typeof PHASES)[number];
