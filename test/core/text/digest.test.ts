import { expect } from 'chai';
import { canonical, isSame, runHash } from '../../../controller/core/text/digest.js';
import { job } from '../build.js';

describe('the digest of what a job runs', () => {
  const base = runHash(job());

  it('is sixteen hexadecimal digits', () => {
    expect(base).to.match(/^[0-9a-f]{16}$/);
  });

  it('does not change with policy, labels or annotations', () => {
    const policy = {
      backoffLimit: 3,
      failurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [137] } }] },
      ttlSecondsAfterFinished: 1,
      suspend: true,
      cancel: true,
      activeDeadlineSeconds: 9,
    } as const;
    expect(
      runHash(job({ runPolicy: { ...policy, cleanUpPolicy: 'All', startDeadlineSeconds: 4 } })),
    ).to.equal(base);
    const labelled = job();
    const metadata = { ...labelled.metadata, labels: { a: 'b' }, annotations: { c: 'd' } };
    expect(runHash({ ...labelled, metadata })).to.equal(base);
  });

  for (const [what, spec] of [
    ['image', { image: 'ring:2' }],
    ['command', { command: ['/opt/pi'] }],
    ['args', { args: ['1'] }],
    ['workers', { workers: { replicas: 3 } }],
    ['launcher', { launcher: { mode: 'Worker0' } }],
    ['network', { network: { name: 'other' } }],
    ['ssh', { ssh: { port: 2222 } }],
    ['mpi', { mpi: { processes: 1 } }],
    ['rerun token', { runPolicy: { rerun: 'again' } }],
  ] as const) {
    it(`changes with ${what}`, () => {
      expect(runHash(job(spec))).to.not.equal(base);
    });
  }
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys, but on that of lists', () => {
    expect(canonical({ b: [2, 1], a: { d: 1, c: undefined } })).to.equal('{"a":{"d":1},"b":[2,1]}');
    expect(canonical({ a: { d: 1 }, b: [1, 2] })).to.not.equal(canonical({ a: { d: 1 }, b: [2, 1] }));
  });
});

describe('values that are compared', () => {
  it('are the same when their texts with sorted keys are', () => {
    const values = [
      ...[
        undefined,
        null,
        0,
        1,
        '',
        'a',
        true,
        [],
        [1],
        [1, 2],
        [undefined],
        {},
        { a: 1 },
        { a: 2 },
        { b: 1 },
      ],
      ...[{ a: undefined }, { a: 1, b: 2 }, { b: 2, a: 1 }, { a: { b: [1] } }, { a: { b: [2] } }, { 0: 1 }],
    ];
    for (const a of values)
      for (const b of values)
        if (!isNull(a) && !isNull(b))
          expect(isSame(a, b), `${canonical(a)} and ${canonical(b)}`).to.equal(canonical(a) === canonical(b));
  });
});

/** As text these are the same, as values they are not. */
function isNull(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.includes(undefined));
}
