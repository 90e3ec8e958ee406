import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { JAVA } from '../../../controller/shared/protocol/protocol.js';
import { javaFault } from '../../../images/agent/launcher/java-check.js';

/** Says of classes what Java 17 says: of missing ones, of those without `main`, and of all others nothing. */
const PROGRAM = `#!/bin/sh
for name; do :; done
case "$name" in
  *Missing) printf 'Error: Could not find or load main class %s\\nCaused by: java.lang.ClassNotFoundException: %s\\n' "$name" "$name" >&2; exit 1;;
  *Worker) printf 'Error: Main method not found in class %s, please define the main method as:\\n' "$name" >&2; exit 1;;
esac
echo "$@" >>"$0.calls"
`;
const JAVA_WITHOUT_STARTER = PROGRAM.replace('*Missing', '*WorkerStarter');

describe('the launcher, of a Java program', () => {
  let folder: string;
  let env: Readonly<Record<string, string>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpiswarm-java-'));
    await writeFile(join(folder, 'java'), PROGRAM);
    await chmod(join(folder, 'java'), 0o755);
    // A zip file of nothing
    await writeFile(join(folder, 'there.jar'), Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`));
    await writeFile(join(folder, 'cut.jar'), Buffer.from(`PK\x05\x06${'\0'.repeat(17)}`));
    env = { PATH: `${folder}:${process.env['PATH']}` };
  });

  after(async () => rm(folder, { recursive: true }));

  const fault = (classes: readonly string[], classPath = '/opt/lib/*') =>
    javaFault({ classPath, classes }, env);

  it('accepts classes that exist, with or without a main method', async () => {
    expect(await fault(['org.example.Ring', 'org.example.Worker'])).to.equal(undefined);
    expect(await fault(['org.example.Ring'], `${folder}/there.jar:/opt/lib/*`)).to.equal(undefined);
    expect(await javaFault(undefined, {}), 'no Java program').to.equal(undefined);
  });

  it('names the missing class and the places that were searched', async () => {
    expect(await fault(['org.example.Ring', 'org.example.Missing'])).to.equal(
      'could not find or load main class org.example.Missing: it is not in /opt/lib/*, or a jar there is damaged',
    );
  });

  it('names the worker class, or the image if it has no starter for it', async () => {
    expect(await fault([JAVA.starter, 'org.example.Missing'])).to.equal(
      'worker class org.example.Missing was not found in /opt/lib/*: it is not there, or a jar there is damaged',
    );
    await writeFile(join(folder, 'java'), JAVA_WITHOUT_STARTER);
    expect(await fault([JAVA.starter, 'org.example.Worker'])).to.equal(
      'the image has no worker starter: build it from mpiswarm/openmpi-java',
    );
    await writeFile(join(folder, 'java'), PROGRAM);
  });

  it('names a truncated jar, which Java would skip', async () => {
    expect(await fault(['org.example.Ring'], `${folder}/there.jar:${folder}/cut.jar`)).to.equal(
      `jar ${folder}/cut.jar of the class path is damaged or cut off: replace it by a whole one`,
    );
  });

  it('names the jar that is missing', async () => {
    expect(await fault(['org.example.Ring'], `${folder}/there.jar:${folder}/none.jar`)).to.match(
      /^jar \/.*\/none\.jar of the class path is not there: see spec\.java\.classPath/,
    );
  });

  it('reports that the image has no Java', async () => {
    expect(await javaFault({ classPath: '/a', classes: ['a.B'] }, { PATH: '/nowhere' })).to.contain(
      'no java in the image',
    );
  });

  it('reports nothing when Java does not answer', async () => {
    await writeFile(join(folder, 'java'), '#!/bin/sh\nkill -9 $$\n');
    expect(await fault(['org.example.Missing'])).to.equal(undefined);
  });
});
