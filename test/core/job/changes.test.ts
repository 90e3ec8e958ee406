import { expect } from 'chai';
import type { MPIJob, Volume } from '../../../controller/api/types/mpijob.js';
import { affectsRun, changedFields } from '../../../controller/core/job/changes.js';
import { runHash } from '../../../controller/core/text/digest.js';
import { example } from '../../cli/samples.js';
import { job } from '../build.js';

type Fields = Record<string, unknown>;

describe('the fields in which two manifests differ', () => {
  it('are none for the same manifest', () => {
    expect(changedFields(job(), job())).to.deep.equal([]);
  });

  it('are named in order with both values; a list counts as one field', () => {
    const before = job({ args: ['x'], runPolicy: { ttlSecondsAfterFinished: 60 } });
    const after = job({ args: ['x', 'y'], workers: { replicas: 3 } });
    expect(changedFields(before, after)).to.deep.equal([
      { path: 'spec.args', from: ['x'], to: ['x', 'y'] },
      { path: 'spec.runPolicy.ttlSecondsAfterFinished', from: 60, to: undefined },
      { path: 'spec.workers.replicas', from: 2, to: 3 },
    ]);
  });

  it('call for a new run exactly where the digest of what runs changes, for every field of a manifest', () => {
    for (const full of [
      example('full'),
      job({ java: { mainClass: 'Ring', classPath: ['/opt/ring.jar'] } }),
    ]) {
      const leaves = leavesOf(full, []).filter(([first]) => first !== 'apiVersion' && first !== 'kind');
      expect(leaves.length).to.be.greaterThan(20);
      for (const path of leaves) {
        const [change, ...more] = changedFields(full, without(full, path));
        expect(more, path.join('.')).to.deep.equal([]);
        if (!change) throw new Error(`${path.join('.')}: no change`);
        const changes = runHash(full) !== runHash(without(full, path));
        expect(affectsRun(change), path.join('.')).to.equal(changes);
      }
    }
  });

  it('call for a new run when the Java program, its configuration or a volume changes', () => {
    const java = { mainClass: 'Ring', classPath: ['/opt/ring.jar'] };
    const before = job({ java, configuration: { a: '1' } });
    const changes: readonly Parameters<typeof job>[0][] = [
      { java: { ...java, jvmOptions: ['-Xss4m'] }, configuration: { a: '1' } },
      { java, configuration: { a: '2' } },
      { java, configuration: { a: '1' }, workers: { volumes: [DATA] } },
    ];
    for (const after of changes) {
      const fields = changedFields(before, job(after));
      expect(fields).to.have.length(1);
      expect(fields.filter(affectsRun)).to.deep.equal(fields);
    }
  });
});

const DATA: Volume = {
  ...{ name: 'data', mountPath: '/data', readOnly: false, options: {} },
  ...{ scope: 'Shared', volatile: false },
};

function leavesOf(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, field]) => leavesOf(field, [...path, name]));
}

/** The manifest with another value at that place. */
function without(manifest: MPIJob, path: readonly string[]): MPIJob {
  const copy = structuredClone(manifest) as unknown as Fields;
  const parent = path.slice(0, -1).reduce((fields, name) => fields[name] as Fields, copy);
  parent[path.at(-1) ?? ''] = 'something else';
  return copy as unknown as MPIJob;
}
