import { expect } from 'chai';
import { fileOf } from '../../../controller/core/text/source.js';

describe('the file of a job', () => {
  it('is its source without the line number', () => {
    expect(fileOf('team/ring.yaml:3')).to.equal('team/ring.yaml');
  });

  it('may have a colon in its name', () => {
    expect(fileOf('a:1.yaml:12')).to.equal('a:1.yaml');
    expect(fileOf('a:1:12')).to.equal('a:1');
  });
});
