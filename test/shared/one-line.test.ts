import { expect } from 'chai';
import { oneLine } from '../../controller/shared/one-line.js';

describe('words from elsewhere', () => {
  it('never steer the terminal', () => {
    expect(oneLine('a\nb\u001b[2Jc\u0007\u009b31md ')).to.not.match(/\p{Cc}/u);
  });

  it('are on one line', () => {
    expect(oneLine('two\r\nlines')).to.equal('two lines');
    expect(oneLine(' a\u2028b\u2029\n')).to.equal('a b');
  });
});
