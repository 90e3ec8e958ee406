import { expect } from 'chai';
import type Docker from 'dockerode';
import { NETWORK } from '../../scripts/bench/job.js';
import { ensureNetwork } from '../../scripts/bench/place.js';

/** An engine whose new network has a subnet when it was listed so often. */
function engine(lists: number): Docker {
  let listed = Number.NaN;
  return {
    createNetwork: async () => {
      listed = 0;
    },
    listNetworks: async () => {
      if (Number.isNaN(listed)) return [];
      listed += 1;
      return [{ Name: NETWORK, IPAM: { Config: listed > lists ? [{ Subnet: '10.0.1.0/24' }] : [] } }];
    },
  } as unknown as Docker;
}

describe('the network of the benchmark', () => {
  it('is waited for until Swarm has given it a subnet', async () => {
    expect(await ensureNetwork(engine(2))).to.equal('10.0.1.0/24');
  });

  it('is not waited for for ever', async () => {
    const error = await ensureNetwork(engine(1_000), 100).catch((reason: Error) => reason.message);
    expect(error).to.equal(`network ${NETWORK} has no subnet after 0.1 s`);
  });
});
