/** Prints, as JSON, what a user other than root sees of a folder: `read-as.ts UID FOLDER`. */
import { ManifestFolder } from '../../../controller/adapters/manifests/folder.js';

const [uid, root] = process.argv.slice(2);
if (uid === undefined || root === undefined) throw new Error('usage: read-as.ts UID FOLDER');
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
const folder = new ManifestFolder(root, { now: () => 0 });
process.stdout.write(JSON.stringify(await folder.read()));
await folder.close();
