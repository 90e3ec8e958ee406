import { expect } from 'chai';
import { errorMessage } from '../../controller/shared/error-message.js';

describe('what was thrown, as text', () => {
  it('is the message of an error, without its class', () => {
    expect(errorMessage(new TypeError('no such thing'))).to.equal('no such thing');
  });

  it('is anything else as it is', () => {
    expect(errorMessage('a text')).to.equal('a text');
    expect(errorMessage(undefined)).to.equal('undefined');
  });
});
