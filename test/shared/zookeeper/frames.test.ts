import { expect } from 'chai';
import { Frames } from '../../../controller/shared/zookeeper/frames.js';

function packet(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

describe('frames', () => {
  const texts = ['one', '', 'a longer one', 'x'];
  const stream = Buffer.concat(texts.map(packet));

  for (const size of [1, 2, 3, 5, 7, stream.length])
    it(`finds each packet when ${size} bytes arrive at a time`, () => {
      const seen: string[] = [];
      const frames = new Frames(frame => seen.push(String(frame.subarray(4))));
      for (let at = 0; at < stream.length; at += size) frames.push(stream.subarray(at, at + size));
      expect(seen).to.deep.equal(texts);
    });

  it('refuses a length that no ZooKeeper sends', () => {
    const frames = new Frames(() => undefined);
    expect(() => frames.push(Buffer.from('HTTP/1.1 400'))).to.throw('a packet of 1213486160 bytes');
    expect(() => new Frames(() => undefined).push(Buffer.alloc(4, 0xff))).to.throw('a packet of -1 bytes');
  });
});
