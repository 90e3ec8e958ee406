import { expect } from 'chai';
import type Docker from 'dockerode';
import { freeSubnet, roomySubnet } from '../../../controller/adapters/swarm/network-subnet.js';
import { LABEL } from '../../../controller/core/model/names.js';

describe('the subnet of a network that we make', () => {
  it('is the first of its size in Swarm’s pool', () => {
    expect(freeSubnet(['10.0.0.0/8'], [])).to.equal('10.0.0.0/20');
  });

  it('overlaps no other network, no node, and nothing that this machine is on', () => {
    const taken = ['10.0.0.0/24', '10.0.16.5/32', '10.0.40.7/24', '172.17.0.0/16', 'fd00::/64'];
    expect(freeSubnet(['10.0.0.0/8'], taken)).to.equal('10.0.48.0/20');
  });

  it('is found behind a network that takes most of the pool', () => {
    expect(freeSubnet(['10.0.0.0/8'], ['10.0.0.0/9'])).to.equal('10.128.0.0/20');
  });

  it('comes from the operator’s own pools, in their order', () => {
    expect(freeSubnet(['10.20.0.0/20', '10.30.0.0/16'], ['10.20.1.0/24'])).to.equal('10.30.0.0/20');
  });

  it('is Swarm’s choice where its pools have no room for one', () => {
    expect(freeSubnet(['10.20.0.0/21'], [])).to.equal(undefined);
    expect(freeSubnet(['10.20.0.0/20'], ['10.0.0.0/8'])).to.equal(undefined);
  });

  it('is not that of a network of ours that Swarm has not allocated yet', async () => {
    const networks = [
      { IPAM: { Config: null }, Labels: { [LABEL.subnet]: '10.77.0.0/20' } },
      { IPAM: { Config: [{ Subnet: '10.77.16.0/24' }] }, Labels: {} },
      { IPAM: null, Labels: null },
    ];
    const docker = {
      swarmInspect: async () => ({ DefaultAddrPool: ['10.77.0.0/16'] }),
      listNodes: async () => [],
      listNetworks: async () => networks,
    } as unknown as Docker;
    expect(await roomySubnet(docker)).to.equal('10.77.32.0/20');
  });
});
