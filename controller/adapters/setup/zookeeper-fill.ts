import { connect } from 'node:net';

/**
 * What a znode takes beside its name and data, and a server without any. Measured with ZooKeeper 3.8: with 64 MiB it stops
 * at 176,000 empty znodes, with 128 MiB at 9,200 of 12 kB; by this that is 98 % and 91 % of its heap.
 */
const ZNODE_BYTES = 300;
const SERVER_BYTES = 10 * 1024 * 1024;

const PATIENCE_MS = 5_000;

/**
 * How many bytes of its heap a ZooKeeper needs for its data, roughly; undefined where it does not say. By the word `mntr`
 * (https://zookeeper.apache.org/doc/r3.8.0/zookeeperAdmin.html, "The Four Letter Words"), which it must permit.
 */
export async function neededHeap(port: number): Promise<number | undefined> {
  const answer = await ask(port, 'mntr');
  const figure = (name: string): number => Number(new RegExp(`^zk_${name}\\t(\\d+)`, 'm').exec(answer)?.[1]);
  const bytes = figure('approximate_data_size') + figure('znode_count') * ZNODE_BYTES + SERVER_BYTES;
  return Number.isFinite(bytes) ? bytes : undefined;
}

/** The answer to one of ZooKeeper's words; what came of it where it fails, as it is asked again soon. */
function ask(port: number, word: string): Promise<string> {
  return new Promise(resolve => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(word));
    const end = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MS, end);
    socket.on('data', piece => {
      answer += String(piece);
      if (answer.length > MOST_CHARACTERS) end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

const MOST_CHARACTERS = 256 * 1024;
