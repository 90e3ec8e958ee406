import { expect } from 'chai';
import { Frames, MAX_FRAME, TOO_LONG } from '../../../controller/shared/zookeeper/frames.js';

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

  describe('of which one is too long', () => {
    const reply = (xid: number, bytes: number): Buffer => {
      const all = Buffer.alloc(4 + 16 + bytes);
      all.writeInt32BE(16 + bytes, 0);
      all.writeInt32BE(xid, 4);
      return all;
    };
    const long = reply(7, MAX_FRAME + 1_000);

    for (const size of [1_000, 65_536, long.length + 100])
      it(`reads its header alone, as an error, and those around it, ${size} bytes at a time`, () => {
        const stream = Buffer.concat([reply(6, 3), long, reply(8, 5), reply(9, 0)]);
        const seen: (readonly [length: number, xid: number, code: number])[] = [];
        const frames = new Frames(frame =>
          seen.push([frame.length, frame.readInt32BE(4), frame.readInt32BE(16)]),
        );
        for (let at = 0; at < stream.length; at += size) frames.push(stream.subarray(at, at + size));
        expect(seen).to.deep.equal([
          [23, 6, 0],
          [20, 7, TOO_LONG],
          [25, 8, 0],
          [20, 9, 0],
        ]);
      });

    it('refuses one that is no reply', () => {
      const frames = new Frames(() => undefined);
      frames.push(reply(1, 0));
      expect(() => frames.push(reply(-1, MAX_FRAME))).to.throw(`a packet of ${MAX_FRAME + 16} bytes`);
    });
  });
});
