import { createClient } from 'node-zookeeper-client';

/**
 * `znode.ts put ADDRESS PATH DATA` makes a znode, `znode.ts get ADDRESS PATH` writes its data to standard
 * output. A program of its own, because a client must run inside a node's network.
 */
const [verb, address = '', path = '', data = ''] = process.argv.slice(2);
const client = createClient(address, { sessionTimeout: 5_000 });
const late = setTimeout(() => end(new Error(`${verb} ${path} on ${address}: no answer within 10 s`)), 10_000);

client.once('connected', () => {
  if (verb === 'put') client.create(path, Buffer.from(data), error => end(error, path));
  else client.getData(path, (error, found) => end(error, found?.toString()));
});
client.connect();

function end(error: unknown, said = ''): void {
  clearTimeout(late);
  if (!(error instanceof Error)) process.stdout.write(said);
  else process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof Error ? 1 : 0;
  client.close();
}
