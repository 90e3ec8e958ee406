/** Reads all records and parses all manifests, and does nothing else: what a controller can't start without. */
import { readFile } from 'node:fs/promises';
import { listFolder } from '../../../controller/adapters/manifests/listing.js';
import { parseJobRecord } from '../../../controller/adapters/zookeeper/znodes/records.js';
import { parseManifests } from '../../../controller/api/manifest/parse.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import { CREDENTIAL, type Setup } from './setup.js';

const AT_ONCE = 8;

const { zookeeper, root, folder } = JSON.parse(process.argv[2] ?? '{}') as Setup;
const begun = performance.now();
const session = ZooKeeperSession.connect({ hosts: zookeeper, timeoutMs: 10_000, credential: CREDENTIAL });
const [records, jobs] = await Promise.all([readRecords(), readFiles()]);
process.send?.({ ms: performance.now() - begun, records, jobs });
await session.close();

async function readRecords(): Promise<number> {
  await session.ready(5_000);
  const names = (await session.children(`${root}/jobs`)) ?? [];
  const znodes = await Promise.all(names.map(name => session.get(`${root}/jobs/${name}`)));
  return znodes.filter(znode => znode && parseJobRecord(znode.data)).length;
}

async function readFiles(): Promise<number> {
  const { files } = await listFolder(folder);
  let jobs = 0;
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE);
    const texts = await Promise.all(some.map(({ path }) => readFile(path, 'utf8')));
    for (const [i, text] of texts.entries())
      jobs += parseManifests(text, some[i]?.file ?? '').definitions.length;
  }
  return jobs;
}
