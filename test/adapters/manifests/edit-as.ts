/** Prints what stands against an edit of a file by a user other than root, makes it, and prints why not: `edit-as.ts UID FILE TEXT`. */
import { openManifest } from '../../../controller/adapters/manifests/open-manifest.js';

const [uid, file, text] = process.argv.slice(2);
if (uid === undefined || file === undefined || text === undefined)
  throw new Error('usage: edit-as.ts UID FILE TEXT');
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
const manifest = await openManifest(file);
const failure = await manifest.replace(text).then(
  () => undefined,
  (error: Error) => error.message,
);
process.stdout.write(JSON.stringify({ obstacle: manifest.obstacle, failure }));
