import type { Manifests } from '../../../controller/ports/manifests.js';
import type { StateStore } from '../../../controller/ports/state-store.js';

interface Wrote {
  readonly records: number;
  readonly ms: number;
}

/** Records in ZooKeeper; what agents write is in memory, as they are. */
export function withRunsInMemory(
  records: StateStore,
  runs: StateStore,
  wrote: (wrote: Wrote) => void,
): StateStore {
  let [open, count, since] = [0, 0, 0];
  return {
    observe: async wanted => {
      const [jobs, inMemory] = await Promise.all([records.observe([]), runs.observe(wanted)]);
      if (!jobs.ok || !inMemory.ok) return jobs.ok ? inMemory : jobs;
      const { runs: seen, runIds, unreadableRuns, leftBehind } = inMemory.value;
      return { ok: true, value: { ...jobs.value, runs: seen, runIds, unreadableRuns, leftBehind } };
    },
    records: () => records.records(),
    createId: id => records.createId(id),
    writeJob: async (record, version) => {
      if (open === 0) [count, since] = [0, performance.now()];
      open += 1;
      count += 1;
      try {
        return await records.writeJob(record, version);
      } finally {
        open -= 1;
        if (open === 0) wrote({ records: count, ms: performance.now() - since });
      }
    },
    removeJob: (key, version) => records.removeJob(key, version),
    createRun: (run, directory) => runs.createRun(run, directory),
    createStart: (run, token) => runs.createStart(run, token),
    createStop: run => runs.createStop(run),
    removeRun: run => runs.removeRun(run),
    credential: run => records.credential(run),
    controllers: () => records.controllers(),
    onChange: wake => records.onChange(wake),
    close: () => records.close(),
  };
}

/** A folder, and how often it gave a new reading. */
export function counted(folder: Manifests): { readonly port: Manifests; readonly readings: () => number } {
  let [count, last]: [number, unknown] = [0, undefined];
  const read = async () => {
    const set = await folder.read();
    if (set !== last) count += 1;
    last = set;
    return set;
  };
  const port = { read, onChange: folder.onChange.bind(folder), close: folder.close.bind(folder) };
  return { port, readings: () => count };
}
