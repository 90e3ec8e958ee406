import { expect } from 'chai';
import { cidrProblem, interfaceProblem, subnetProblem } from '../../../controller/api/types/cidr.js';
import { dotted, nearest, show } from '../../../controller/api/types/text.js';

describe('the words of messages', () => {
  it('name a field as a person writes it', () => {
    expect(dotted(['spec', 'workers', 'env', 0, 'name'])).to.equal('spec.workers.env[0].name');
    expect(dotted(['metadata', 'labels', 'a.b/c'])).to.equal('metadata.labels["a.b/c"]');
    expect(dotted(['spec', 'two\nlines'])).to.equal('spec["two\\nlines"]');
  });

  it('show a long value shortened and on one line', () => {
    expect(show('x'.repeat(100))).to.equal(`"${'x'.repeat(59)}…`);
    expect(show('a\nb')).to.equal('"a\\nb"');
  });

  it('offer the nearest word, and none when nothing is near', () => {
    expect(nearest('worker', ['image', 'workers', 'launcher'])).to.equal('workers');
    expect(nearest('Replicas', ['replicas'])).to.equal('replicas');
    expect(nearest('nonsense', ['image', 'workers'])).to.equal(undefined);
  });
});

describe('networks in CIDR notation', () => {
  it('must be exact', () => {
    expect(cidrProblem('10.77.0.0/16')).to.equal(undefined);
    expect(cidrProblem('192.168.1.128/25')).to.equal(undefined);
    expect(cidrProblem('10.77.0.5/16')).to.equal(
      'must be the first address of its network, 10.77.0.0/16, got "10.77.0.5/16"',
    );
    expect(cidrProblem('256.0.0.0/8')).to.match(/octets of 0 to 255/);
    expect(cidrProblem('10.0.0.0')).to.match(/CIDR notation/);
  });

  it('must have room when containers live in them', () => {
    expect(subnetProblem('10.0.0.0/29')).to.equal(undefined);
    expect(subnetProblem('10.0.0.0/31')).to.equal(
      'must have a prefix of 29 or less to hold containers, got "10.0.0.0/31"',
    );
  });

  it('may be an interface instead where one is asked for', () => {
    for (const name of ['eth0', 'ib0', 'bond0.12', '10.0.1.0/24'])
      expect(interfaceProblem(name)).to.equal(undefined);
    for (const name of ['', 'eth 0', '10.0.1.1', 'a-name-that-is-too-long'])
      expect(interfaceProblem(name)).to.match(/^must be/);
  });
});
