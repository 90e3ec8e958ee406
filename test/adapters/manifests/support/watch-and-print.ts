/** Watches a folder and prints what it holds, and what is to be said of it, whenever that changes: `watch-and-print.ts FOLDER`. */
import { ManifestFolder } from '../../../../controller/adapters/manifests/folder.js';

const folder = new ManifestFolder(process.argv[2] ?? '');
let last = '';
let look = Promise.resolve();

function again(): void {
  look = look.then(async () => {
    const { jobs, warnings } = await folder.read();
    const found = jobs.map(({ key, manifest }) => `${key} ${manifest.spec.workers.replicas}`).join(', ');
    const text = [...warnings, found || 'no jobs'].join('\n');
    if (text !== last) process.stdout.write(`${text}\n`);
    last = text;
  });
}

folder.onChange(again);
again();
