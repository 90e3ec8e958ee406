import { expect } from 'chai';
import { type Edit, editText } from '../../../controller/api/manifest/edit.js';

const KEY = 'default/ring';
const RERUN: Edit = { do: 'set', fields: { rerun: 'new', cancel: false, suspend: false } };
const CANCEL: Edit = { do: 'set', fields: { cancel: true } };
const RESUME: Edit = { do: 'set', fields: { suspend: false } };
const DELETE: Edit = { do: 'delete' };

/** As it is after the edit; fails where it was not made. */
function edited(text: string, edit: Edit, key = KEY): string {
  const result = editText(text, key, edit);
  if (result.kind !== 'edited') throw new Error(JSON.stringify(result));
  return result.text;
}

/** Lines that start with `>` are in the new text only, those with `<` in the old one only; all others are in both. */
function expectEdit(edit: Edit, lines: readonly string[], newline = '\n'): void {
  const side = (mark: string, other: string) =>
    lines
      .filter(line => !line.startsWith(other))
      .map(line => line.replace(new RegExp(`^${mark}`), ''))
      .join(newline);
  expect(edited(side('<', '>'), edit)).to.equal(side('>', '<'));
}

const HEAD = ['apiVersion: mpiswarm.dev/v1', 'kind: MPIJob', 'metadata: {name: ring}'];
const BODY = ['spec:', '  image: ring:1', '  workers:', '    replicas: 2', '  command: [ring]'];

describe('a manifest in YAML that is edited', () => {
  it('gets a run policy at the end of its spec, where it has none', () => {
    expectEdit(RERUN, [...HEAD, ...BODY, '>  runPolicy:', '>    rerun: "new"', '']);
  });

  it('gets it also where no line end closes the file, and still has none', () => {
    expectEdit(CANCEL, [...HEAD, ...BODY, '>  runPolicy:', '>    cancel: true']);
  });

  it('gets a field at the end of the run policy that it has', () => {
    expectEdit(CANCEL, [...HEAD, ...BODY, '  runPolicy:', '    backoffLimit: 2', '>    cancel: true', '']);
  });

  it('has a value replaced where it is, and the comment behind it stays', () => {
    const policy = ['  runPolicy:', '<    cancel:   false   # not yet', '>    cancel:   true   # not yet'];
    expectEdit(CANCEL, [...HEAD, ...BODY, ...policy, '    backoffLimit: 2', '']);
  });

  it('has cancel and suspend lifted by a rerun, and nothing where they do not hold', () => {
    const policy = [
      '  runPolicy:',
      '<    suspend: True',
      '>    suspend: false',
      '<    cancel: true # stop',
      '>    cancel: false # stop',
    ];
    expectEdit(RERUN, [...HEAD, ...BODY, ...policy, '>    rerun: "new"', '']);
    expectEdit(RERUN, [...HEAD, ...BODY, '  runPolicy:', '    cancel: false', '>    rerun: "new"', '']);
  });

  it('keeps single quotes, and quotes a bare token', () => {
    for (const [before, after] of [
      ["'monday'", "'new'"],
      ['"monday"', '"new"'],
      ['monday', '"new"'],
    ]) {
      const lines = [`<    rerun: ${before} # weekly`, `>    rerun: ${after} # weekly`];
      expectEdit(RERUN, [...HEAD, ...BODY, '  runPolicy:', ...lines, '    backoffLimit: 1', '']);
    }
  });

  it('replaces a token that goes over several lines', () => {
    const policy = ['  runPolicy:', '<    rerun: |', '<      on monday', '<      again', '>    rerun: "new"'];
    expectEdit(RERUN, [...HEAD, ...BODY, ...policy, '    backoffLimit: 1', '']);
  });

  it('keeps comments above, between and below, and blank lines', () => {
    expectEdit(CANCEL, [
      '# Jobs of the team',
      '',
      ...HEAD,
      '',
      ...BODY.slice(0, 4),
      '  # what runs',
      '  command: [ring] # the ring',
      '>  runPolicy:',
      '>    cancel: true',
      '',
      '  # the end of the spec',
      '# the end of the file',
      '',
    ]);
  });

  it('keeps indentation of four, one, and of lists that are not indented', () => {
    const wide = [
      'spec:',
      '    image: ring:1',
      '    workers:',
      '        replicas: 2',
      '    command:',
      '    - ring',
    ];
    expectEdit(CANCEL, [...HEAD, ...wide, '>    runPolicy:', '>        cancel: true', '']);
    const narrow = [
      'spec:',
      ' image: ring:1',
      ' workers:',
      '  replicas: 2',
      ' command:',
      ' - ring',
      ' - |',
      '  a',
      '  b',
    ];
    expectEdit(CANCEL, [...HEAD, ...narrow, '> runPolicy:', '>  cancel: true', '']);
  });

  it('keeps line ends of Windows, and a byte order mark', () => {
    expectEdit(CANCEL, [...HEAD, ...BODY, '>  runPolicy:', '>    cancel: true', ''], '\r\n');
    const policy = [
      '  runPolicy:',
      '<    rerun: >-',
      '<      on monday',
      '>    rerun: "new"',
      '>    cancel: false',
    ];
    expectEdit(RERUN, [`\uFEFF${HEAD[0]}`, ...HEAD.slice(1), ...BODY, ...policy.slice(0, 4), ''], '\r\n');
  });

  it('is edited in braces too', () => {
    expectEdit(CANCEL, [
      ...HEAD,
      ...BODY,
      '<  runPolicy: {backoffLimit: 2}',
      '>  runPolicy: {backoffLimit: 2, cancel: true}',
      '',
    ]);
    expectEdit(CANCEL, [...HEAD, ...BODY, '<  runPolicy: {}', '>  runPolicy: {"cancel": true}', '']);
    const spec = 'spec: {image: a, workers: {replicas: 2}, command: [a]';
    expectEdit(CANCEL, [...HEAD, `<${spec}}`, `>${spec}, runPolicy: {cancel: true}}`, '']);
    expectEdit(CANCEL, [
      ...HEAD,
      ...BODY,
      '  runPolicy: {',
      '<    backoffLimit: 2, # twice',
      '>    backoffLimit: 2,',
      '>    cancel: true, # twice',
      '  }',
      '',
    ]);
  });

  it('is found among others, which stay as they are', () => {
    const other = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      '    name:    ring',
      'data: {cancel: "no"}',
    ];
    const pi = [...HEAD.slice(0, 2), 'metadata: {name: pi}', ...BODY, '  runPolicy: {cancel: false}'];
    const lines = [
      '---',
      ...other,
      '--- # ours',
      ...HEAD,
      ...BODY,
      '>  runPolicy:',
      '>    cancel: true',
      '---',
      ...pi,
      '',
    ];
    expectEdit(CANCEL, lines);
  });

  it('has the first of two definitions changed', () => {
    expectEdit(CANCEL, [...HEAD, ...BODY, '>  runPolicy:', '>    cancel: true', '---', ...HEAD, ...BODY, '']);
  });

  it('says on which line the field is', () => {
    const text = [...HEAD, ...BODY, '  runPolicy:', '    cancel: true', ''].join('\n');
    expect(editText(text, KEY, RERUN)).to.include({ kind: 'edited', line: 11 });
    expect(editText(text, KEY, CANCEL)).to.deep.equal({ kind: 'unchanged', line: 10 });
    expect(editText(text, KEY, RESUME)).to.deep.equal({ kind: 'unchanged', line: 1 });
  });

  it('is not changed where it cannot be edited safely', () => {
    for (const tail of [
      ['  ? runPolicy', '  : backoffLimit: 2'],
      ['  runPolicy:', '    ? backoffLimit', '    : 2'],
    ]) {
      const message = 'it is written in a form that cannot be edited safely';
      expect(editText([...HEAD, ...BODY, ...tail, ''].join('\n'), KEY, CANCEL)).to.deep.equal({
        kind: 'refused',
        message,
      });
    }
  });

  it('is not edited when it is faulty, or not there any more', () => {
    const text = [...HEAD, ...BODY, '  runPolicy: {backoffLimit: -1}', ''].join('\n');
    expect(editText(text, KEY, CANCEL)).to.deep.equal({
      kind: 'refused',
      message: 'its manifest has errors',
    });
    expect(editText(text, 'default/pi', CANCEL)).to.include({ kind: 'refused' });
    expect(editText('a: [', KEY, CANCEL)).to.include({ kind: 'refused' });
  });
});

describe('a manifest in JSON that is edited', () => {
  const job = {
    apiVersion: 'mpiswarm.dev/v1',
    kind: 'MPIJob',
    metadata: { name: 'ring' },
    spec: { image: 'ring:1', workers: { replicas: 2 }, command: ['ring'] },
  };
  const wanted = { ...job, spec: { ...job.spec, runPolicy: { cancel: true } } };

  it('keeps its indentation, whatever that is', () => {
    for (const indent of [undefined, 1, 2, 4, '\t']) {
      for (const end of ['', '\n']) {
        const before = JSON.stringify(job, undefined, indent) + end;
        expect(edited(before, CANCEL)).to.equal(JSON.stringify(wanted, undefined, indent) + end);
      }
    }
  });

  it('gets a field into the run policy that it has', () => {
    const policy = (runPolicy: object) => ({ ...job, spec: { ...job.spec, runPolicy } });
    for (const indent of [undefined, 2, '\t']) {
      for (const [before, after] of [
        [{ backoffLimit: 1 }, { backoffLimit: 1, cancel: true }],
        [
          { backoffLimit: 1, rerun: 'a' },
          { backoffLimit: 1, rerun: 'a', cancel: true },
        ],
        [
          { cancel: false, rerun: 'a' },
          { cancel: true, rerun: 'a' },
        ],
      ] as const) {
        const text = edited(JSON.stringify(policy(before), undefined, indent), CANCEL);
        expect(text).to.equal(JSON.stringify(policy(after), undefined, indent));
      }
    }
    expect(JSON.parse(edited(JSON.stringify(policy({})), CANCEL))).to.deep.equal(wanted);
  });
});

describe('a job that is deleted from a text', () => {
  const one = (name: string) => [...HEAD.slice(0, 2), `metadata: {name: ${name}}`, ...BODY];
  const removed = (lines: readonly string[]) => lines.map(line => `<${line}`);

  it('leaves nothing when the text holds nothing else', () => {
    const text = ['# a ring', '---', ...HEAD, ...BODY, '---', '# the end', ''].join('\n');
    expect(editText(text, KEY, DELETE)).to.deep.equal({ kind: 'emptied' });
  });

  it('takes its document with it and leaves the others, wherever it is', () => {
    const ring = ['<# the ring', ...removed([...HEAD, ...BODY, '# below the ring'])];
    expectEdit(DELETE, ['# a head', '', ...removed([...HEAD, ...BODY]), '---', ...one('pi'), '']);
    expectEdit(DELETE, ['# a head', '<---', ...ring, '---', ...one('pi'), '']);
    expectEdit(DELETE, [...one('pi'), '# below pi', '<---', ...ring, '---', ...one('tau'), '']);
    expectEdit(DELETE, ['---', ...one('pi'), '...', '<---', ...ring, '<...', '---', ...one('tau'), '']);
  });

  it('leaves the text before it as it was when it is the last one', () => {
    const before = ['# pi', ...one('pi'), ''].join('\r\n');
    expect(
      edited([before, '---', ...HEAD, ...BODY, ''].join('\r\n').replace('\r\n\r\n---', '\r\n---'), DELETE),
    ).to.equal(before);
  });

  it('may be faulty', () => {
    const faulty = [...HEAD, ...BODY, '  runPolicy: {backoffLimit: -1}'];
    expectEdit(DELETE, [...one('pi'), '<---', ...removed(faulty), '---', ...one('tau'), '']);
  });

  it('is reported with its line', () => {
    const text = [...one('pi'), '---', ...HEAD, ...BODY, ''].join('\n');
    expect(editText(text, KEY, DELETE)).to.include({ kind: 'edited', line: 9 });
  });
});
