import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFile, readFolder } from '../../../controller/adapters/manifests/files.js';
import { PortError } from '../../../controller/ports/errors.js';

describe('files and folders that a command is given', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpiswarm-files-'));
  });

  afterEach(async () => rm(folder, { recursive: true }));

  it('a folder is listed; a missing one or a file gives no list', async () => {
    await writeFile(join(folder, 'b.yaml'), '');
    await writeFile(join(folder, 'a.yaml'), '');
    expect(await readFolder(folder)).to.have.members(['a.yaml', 'b.yaml']);
    expect(await readFolder(join(folder, 'none'))).to.equal(undefined);
    expect(await readFolder(join(folder, 'a.yaml'))).to.equal(undefined);
  });

  it('a file is made where none was, and one that is there stays as it is', async () => {
    const path = join(folder, 'job.yaml');
    await createFile(path, 'first');
    const error = await createFile(path, 'second').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(PortError);
    expect(String(error)).to.contain(`write ${path}: it is there already`);
    expect(await readFile(path, 'utf8')).to.equal('first');
  });

  it('a file in a folder that is not there is not made, and the words say so', async () => {
    const path = join(folder, 'none', 'job.yaml');
    const error = await createFile(path, 'text').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).to.contain(`write ${path}: it does not exist`);
  });
});
