/** Prints, as JSON, what a user other than root sees of a folder: `read-as.ts UID FOLDER`. */
import { ManifestFolder } from '../../../controller/adapters/manifests/folder.js';

const [uid, root] = process.argv.slice(2);
if (uid === undefined || root === undefined) throw new Error('usage: read-as.ts UID FOLDER');
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
let now = 0;
const folder = new ManifestFolder(root, { now: () => now });
await folder.read();
now += 1_000;
process.stdout.write(JSON.stringify(await folder.read()));
await folder.close();
