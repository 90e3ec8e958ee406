import { expect } from 'chai';
import { given } from '../../controller/shared/given.js';

interface Task {
  readonly id: string;
  readonly node?: string;
  readonly exitCode?: number;
}

/** Compiles only where fields that may be undefined become optional. */
function task(id: string, node: string | undefined, exitCode?: number): Task {
  return given({ id, node, exitCode });
}

describe('fields that are given', () => {
  it('leave out what is undefined, and nothing else', () => {
    expect(task('a', undefined)).to.deep.equal({ id: 'a' });
    expect(Object.keys(task('a', undefined, 0))).to.deep.equal(['id', 'exitCode']);
    expect(given({ no: false, none: null, empty: '' })).to.deep.equal({ no: false, none: null, empty: '' });
  });

  it('keep their order, as records are compared by their text', () => {
    expect(JSON.stringify(task('a', 'n1', 1))).to.equal('{"id":"a","node":"n1","exitCode":1}');
  });
});
