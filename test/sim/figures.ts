import { familyOf } from './faults.js';
import { parsePlan } from './plan.js';
import type { Played } from './play.js';

/** What is counted of many plans; figures of several processes add up. */
export interface Figures {
  /** Plans whose faults all struck, by the families of their faults. */
  readonly families: Record<string, number>;
  /** By workload. */
  readonly workloads: Record<string, number>;
  /** Plans in which an edit met an mpirun that was alive and had to end for it, by edit. */
  readonly stops: Record<string, number>;
  plans: number;
  walks: number;
  /** Plans of which a fault never struck: they prove nothing and are not counted. */
  idle: number;
  effects: number;
  ticks: number;
  /** Processor time of all processes. */
  cpuMs: number;
  /** By family, at most so long after the last fault, beyond the time that the workload takes. */
  readonly latestMs: Record<string, number>;
  /** Plans of which a fault did not strike, by family. */
  readonly missed: Record<string, number>;
  readonly failures: Failure[];
}

export interface Failure {
  readonly id: string;
  readonly violations: readonly string[];
}

export function noFigures(): Figures {
  return {
    families: {},
    workloads: {},
    stops: {},
    plans: 0,
    walks: 0,
    idle: 0,
    effects: 0,
    ticks: 0,
    cpuMs: 0,
    latestMs: {},
    missed: {},
    failures: [],
  };
}

export function count(into: Figures, played: Played, walk = false): void {
  const { workload, faults } = parsePlan(played.id);
  into.effects += played.effects;
  into.ticks += played.ticks;
  if (played.violations.length > 0) into.failures.push({ id: played.id, violations: played.violations });
  const family = [...new Set(faults.map(({ kind }) => familyOf(kind)))].join(', then ');
  const title = faults.length > 1 && !family.includes('then') ? `${family}, twice` : family;
  if (!played.struck && !walk) {
    into.idle += 1;
    into.missed[title] = (into.missed[title] ?? 0) + 1;
    return;
  }
  if (walk) {
    into.walks += 1;
    return;
  }
  into.plans += 1;
  into.latestMs[title] = Math.max(into.latestMs[title] ?? 0, played.lateMs);
  into.families[title] = (into.families[title] ?? 0) + 1;
  into.workloads[workload] = (into.workloads[workload] ?? 0) + 1;
  if (!played.stopped || faults.length > 1) return;
  for (const { kind } of faults)
    if (familyOf(kind) === 'edit') into.stops[kind] = (into.stops[kind] ?? 0) + 1;
}

export function add(into: Figures, more: Figures): void {
  for (const key of ['plans', 'walks', 'idle', 'effects', 'ticks', 'cpuMs'] as const) into[key] += more[key];
  into.failures.push(...more.failures);
  for (const [family, ms] of Object.entries(more.latestMs)) {
    into.latestMs[family] = Math.max(into.latestMs[family] ?? 0, ms);
  }
  for (const group of ['families', 'workloads', 'stops', 'missed'] as const) {
    for (const [name, plans] of Object.entries(more[group])) {
      into[group][name] = (into[group][name] ?? 0) + plans;
    }
  }
}
