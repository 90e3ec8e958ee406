import { expect } from 'chai';
import {
  parseJobRecord,
  parseLauncherReport,
  parsePlacement,
  parseRank,
  parseRegistration,
  parseResult,
} from '../../../../controller/adapters/zookeeper/znodes/records.js';
import { applyEdit } from '../../../../controller/core/job/edit.js';
import type { JobRecord } from '../../../../controller/core/model/record.js';
import { currentRun, groupedJob, job, record, recordOf } from '../../../core/build.js';
import { placement, registration, report, result } from '../samples.js';

const stored = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The record as a version wrote it that did not know these fields, whose defaults are digested by now. */
function older({ runHash: _, ...known }: JobRecord): Buffer {
  const { configuration: _c, ...spec } = structuredClone(known.manifest.spec);
  const { groups = [], ...workers } = spec.workers;
  const cut = <T extends object>(of: T): T =>
    ({ ...of, placement: { constraints: ['node.role==worker'] } }) as unknown as T;
  const before = { ...cut(workers), ...(groups.length > 0 ? { groups: groups.map(cut) } : {}) };
  const manifest = { ...known.manifest, spec: { ...spec, workers: before } };
  return stored({ ...known, manifest, runHash: '0123456789abcdef' });
}

describe('a job record that an older version wrote', () => {
  const placement = { constraints: ['node.role==worker'] };
  const group = { name: 'a', replicas: 1, placement };
  for (const [what, now] of [
    ['workers that are alike', job({ workers: { replicas: 2, placement } })],
    ['groups of workers', groupedJob([group, { ...group, name: 'b' }])],
  ] as const) {
    it(`means what its manifest means to this one, and is no edit: ${what}`, () => {
      const known = recordOf(now);
      const read = parseJobRecord(older(known));
      expect(read?.manifest).to.deep.equal(now);
      expect(read?.runHash).to.equal(known.runHash);
      if (!read) return;
      const same = applyEdit(read, { manifest: now, source: read.source }, 0);
      expect(same.generation).to.equal(read.generation);
      expect(currentRun(same)).to.equal(currentRun(read));
    });
  }

  it('is read as it is where this version wrote it', () => {
    const known = record();
    expect(parseJobRecord(stored(known))).to.deep.equal(known);
  });
});

describe('a job record that came to harm', () => {
  const known = record();
  const { spec, metadata } = known.manifest;
  for (const [what, harmed] of Object.entries({
    'workers as a list': { manifest: { metadata, spec: { ...spec, workers: [] } } },
    'a group of nothing': { manifest: { metadata, spec: { ...spec, workers: { groups: [null] } } } },
    'no metadata': { manifest: { spec } },
    'no run policy': { manifest: { metadata, spec: { ...spec, runPolicy: null } } },
    'no replicas': { manifest: { metadata, spec: { ...spec, workers: {} } } },
    'a run that is nothing': { status: { ...known.status, runs: [null] } },
    'no conditions': { status: { ...known.status, conditions: undefined } },
    'a condition that is nothing': { status: { ...known.status, conditions: [null] } },
    'a wait without a time': { status: { ...known.status, waitingOn: [{ for: 'done' }] } },
    'events of another kind': { status: { ...known.status, events: ['x'] } },
    'no status': { status: undefined },
    'no uid': { uid: 7 },
  }))
    it(`is none, and is not thrown about: ${what}`, () => {
      expect(parseJobRecord(stored({ ...known, ...harmed }))).to.equal(undefined);
    });
});

describe('what an agent, or a program in its container, writes', () => {
  it('counts as absent where it is of the wrong kind', () => {
    expect(parseRegistration(stored({ ...registration(0), waiting: { toString: 1 } }))).to.equal(undefined);
    expect(parseLauncherReport(stored({ ...report, waiting: 7 }))).to.equal(undefined);
    expect(parseRank(stored({ state: 'STARTED', worker: 0, at: 1.7e18 }))).to.equal(undefined);
    expect(parseResult(stored({ ...result, endedAt: -1 }))).to.equal(undefined);
    expect(parseRank(Buffer.from('{'))).to.equal(undefined);
    expect(parseRegistration(stored({ ...registration(0), interface: 7 }))).to.equal(undefined);
  });

  it('counts as absent where an object is a list, or the value of any key is of the wrong kind', () => {
    expect(parseRegistration(stored({ ...registration(0), resources: [] }))).to.equal(undefined);
    expect(parseRegistration(stored({ ...registration(0), ports: [] }))).to.equal(undefined);
    for (const name of ['metrics', 'constructor', 'prototype', '__proto__', 'two\\nlines']) {
      const written = JSON.stringify({ ...registration(0), ports: {} });
      const withPort = (port: string) =>
        Buffer.from(written.replace('"ports":{}', `"ports":{"${name}":${port}}`));
      expect(parseRegistration(withPort('"8080"')), name).to.equal(undefined);
      expect(parseRegistration(withPort('8080'))?.ports, name).to.have.ownProperty(JSON.parse(`"${name}"`));
    }
  });

  it('counts as absent where a count is not a safe whole number', () => {
    for (const slots of ['-1', '1.5', '1e999', '9007199254740993', 'null']) {
      const written = JSON.stringify(registration(0)).replace('"slots":1', `"slots":${slots}`);
      expect(parseRegistration(Buffer.from(written)), slots).to.equal(undefined);
    }
    const launcher = placement(-1, [0]);
    expect(parsePlacement(stored(launcher))).to.deep.equal(launcher);
    expect(parsePlacement(stored({ ...launcher, worker: -2 }))).to.equal(undefined);
    expect(parsePlacement(stored({ ...launcher, copied: 'soon' }))).to.equal(undefined);
  });

  it('keeps fields that this version does not know', () => {
    const written = { ...registration(0), node: { id: 'n1', hostname: 'node-1', zone: 'a' }, later: true };
    expect(parseRegistration(stored(written))).to.deep.equal(written);
  });

  it('is cut where it is long, so that the record of the job has room for it', () => {
    const long = 'x'.repeat(300_000);
    expect(parseRegistration(stored({ ...registration(0), mpirun: long }))?.mpirun).to.have.lengthOf(4_096);
    expect(parseResult(stored({ ...result, signal: long }))?.signal).to.match(/^x{4095}…$/);
    expect(parseLauncherReport(stored({ ...report, hostfile: long }))?.hostfile).to.equal(long);
  });
});
