import { expect } from 'chai';
import { hostfile } from '../../../controller/shared/protocol/hostfile.js';
import { registration } from '../../core/build.js';

describe('the hostfile', () => {
  it('has one line a worker, by worker index, with its slots', () => {
    const workers = [10, 2, 0, 1].map(registration);
    expect(hostfile(workers)).to.equal(
      '10.0.1.11 slots=1\n10.0.1.12 slots=1\n10.0.1.13 slots=1\n10.0.1.21 slots=1\n',
    );
  });

  it('does not depend on the order in which workers registered', () => {
    const workers = [0, 1, 2].map(registration);
    expect(hostfile([...workers].reverse())).to.equal(hostfile(workers));
  });

  it('is empty without workers', () => {
    expect(hostfile([])).to.equal('');
  });
});
