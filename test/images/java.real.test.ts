import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { type Builder, startBuilder } from '../../scripts/images/builder.js';
import { CONTEXT } from '../../scripts/images/catalogue.js';
import { ensureImages, loadInto } from '../../scripts/images/ensure.js';
import { expectNoWayIn, expectRing, MPIRUN, RING } from './checks.js';
import { type Ended, run } from './container.js';

const RING_CLASS = 'dev.mpiswarm.examples.Ring';
const JAVA = ['java', '-cp', '/opt/mpiswarm-java/examples/examples.jar'];

describe('the image openmpi-java @full', function () {
  this.timeout(1_800_000);
  let dir: string;
  let builder: Builder;
  let docker: Docker;
  let image: string;

  before(async () => {
    const images = await ensureImages({ say: console.log, images: ['openmpi-java'] });
    image = images[0]?.ref ?? '';
    dir = mkdtempSync(join(tmpdir(), 'mpiswarm-java-image-test-'));
    builder = await startBuilder(join(dir, 'engine'));
    docker = builder.docker;
    await loadInto(builder.host, images, console.log);
  });
  after(async () => {
    await builder?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const shell = (script: string): Promise<Ended> => run(docker, image, ['sh', '-e', '-c', script]);

  it('holds no key, no password and no account that a password opens', async () => {
    await expectNoWayIn(docker, image);
  });

  it('has no Node, no package lists and no settings of the machine that built it', async () => {
    const { stdout } = await shell(
      'command -v node nodejs || true; ls -A /var/lib/apt/lists /src 2>/dev/null || true; cat /etc/machine-id; grep -r -i proxy /etc/apt || true',
    );
    expect(stdout).to.equal('/var/lib/apt/lists:\n');
    expect((await docker.getImage(image).inspect()).Config.Env).to.have.length(1);
  });

  it('runs the ring in Java with exactly the lines of the seed, no path of the bindings being given', async () => {
    const command = [...MPIRUN, '-np', '4', ...JAVA, RING_CLASS];
    const { code, stdout, stderr } = await run(docker, image, command);
    expect(stderr + code).to.equal('0');
    expectRing(stdout);
  });

  it('runs the ring with one process', async () => {
    const { stdout } = await run(docker, image, [...MPIRUN, '-np', '1', ...JAVA, RING_CLASS]);
    const lines = ['Process 0 sending 10 to rank 0 (1 processes in ring)', ...RING.slice(1, 12)];
    expect(stdout.trimEnd().split('\n')).to.deep.equal(lines);
  });

  it('compiles and runs a program against the bindings', async () => {
    const program =
      'class One { public static void main(String[] a) throws Exception { mpi.MPI.Init(a); int[] n = {1}; mpi.MPI.COMM_WORLD.allReduce(n, 1, mpi.MPI.INT, mpi.MPI.SUM); System.out.println(n[0]); mpi.MPI.Finalize(); } }';
    const { code, stdout, stderr } = await shell(
      `cd /tmp; echo '${program}' >One.java; mpijavac One.java; ${MPIRUN.join(' ')} -np 3 java -cp /tmp One`,
    );
    expect(stderr + code).to.equal('0');
    expect(stdout).to.equal('3\n3\n3\n');
  });

  it('has no javah; the one for the build of Open MPI from its source makes the headers that javac makes', async () => {
    // Sources beside each other, classes below, one call for each header: as in ompi/mpi/java/java of Open MPI 3.0.0.
    const script = `command -v javah && exit 9
      export PATH="$PATH:/tools" CLASSPATH=.
      mkdir /tmp/build && cd /tmp/build
      cat >Comm.java <<'END'
package mpi;
public class Comm {
  public static final int PROC_NULL = -2;
  static class Inner { native void none(); }
  native int send(Parms parms, long[] to) throws Exception;
}
END
      echo 'package mpi; public class Parms { Comm comm; }' >Parms.java
      javac -d . ./*.java
      mkdir reference && javac -h reference -d reference ./*.java
      for header in mpi_Comm.h mpi_Parms.h; do
        name=mpi.$(echo $header | sed -e s/^mpi_// -e 's/\\.h$//')
        javah -d . -jni $name
      done
      ls ./*.h; cmp mpi_Comm.h reference/mpi_Comm.h
      cat >use.c <<'END'
#include "mpi_Parms.h"
#include "mpi_Comm.h"
jint Java_mpi_Comm_send(JNIEnv *env, jobject self, jobject parms, jlongArray to) { return mpi_Comm_PROC_NULL; }
END
      include=$(dirname $(dirname $(readlink -f $(command -v javac))))/include
      gcc -Wall -Werror -c -I"$include" -I"$include/linux" use.c && echo compiled
      javah -d . -jni mpi.Missing || echo "exit code $?"`;
    const Binds = [`${CONTEXT}/openmpi-source/javah:/tools/javah:ro`];
    const { code, stdout, stderr } = await run(docker, image, ['sh', '-e', '-c', script], {
      HostConfig: { Binds },
    });
    expect(stdout + stderr + code).to.equal(
      './mpi_Comm.h\n./mpi_Parms.h\ncompiled\nexit code 1\njavah: no source of mpi.Missing in .\n0',
    );
  });

  it('has Maven, build tools, locales to make, wget, and an sshd that takes its configuration', async () => {
    const { code, stdout, stderr } = await shell(
      `mvn --version >/tmp/maven 2>&1; grep -o 'Apache Maven 3' /tmp/maven; g++ --version | head -1 | cut -d' ' -f1; make --version | head -1 | cut -d' ' -f1-2
       localedef -i de_DE -f UTF-8 /tmp/de_DE; command -v wget; command -v ssh; id -u mpi
       ssh-keygen -q -t ed25519 -N "" -f /tmp/key; "$(command -v sshd)" -t -h /tmp/key`,
    );
    expect(stderr + code).to.equal('0');
    expect(stdout.split('\n')).to.deep.equal([
      'Apache Maven 3',
      'g++',
      'GNU Make',
      '/usr/bin/wget',
      '/usr/bin/ssh',
      '1000',
      '',
    ]);
  });
});
