import { expect } from 'chai';
import { javaNeeds } from '../../../controller/core/desired/java.js';
import { mpirunCommand } from '../../../controller/core/desired/mpirun.js';
import { jobMasterAddress } from '../../../controller/shared/protocol/protocol.js';
import { job } from '../build.js';

const SUBNET = '10.0.1.0/24';
const MASTER = jobMasterAddress('10.0.0.5:2181,10.0.0.6:2181', '/mpiswarm/runs/ring-1a2b3c4d-1');

/**
 * The command that Twister2 starts on the MPI master, argument by argument, from the first version of its page "Open MPI
 * Support" (docs/architecture/resource-schedulers/mesos/open-mpi-support.md, 2018-09-29), section "Starting MPI Job".
 */
const SEED = [
  'mpirun',
  '-allow-run-as-root',
  '-npernode',
  '1',
  '--mca',
  'btl_tcp_if_include',
  'eth0',
  '--hostfile',
  '/twister2/hostFile',
  'java',
  '-cp',
  'twister2-job/libexamples-java.jar:twister2-core/lib/*',
  'mpiClassNameToRun',
  'mpiMaster.jobName',
  'jobMasterIP',
];

/** Where the line is another one, and why. */
const DIFFERENT: readonly { readonly seed: string; readonly here: string; readonly because: string }[] = [
  {
    seed: '-allow-run-as-root',
    here: '--allow-run-as-root',
    because: 'the two mean the same, and Open MPI 5 documents only the second',
  },
  {
    seed: 'eth0',
    here: SUBNET,
    because: 'the overlay is not eth0 in every container; where it is, spec.mpi.interface may say so',
  },
  {
    seed: 'twister2-job/libexamples-java.jar:twister2-core/lib/*',
    here: '/run/mpiswarm/job/package/libexamples-java.jar:/opt/mpiswarm-java/lib/*',
    because: 'ranks do not all start in the same folder, so the paths of package and libraries are absolute',
  },
  { seed: 'mpiClassNameToRun', here: 'org.example.Ring', because: 'a Java variable' },
  { seed: 'mpiMaster.jobName', here: 'ring', because: 'a Java variable' },
  {
    seed: 'jobMasterIP',
    here: '10.0.0.5:2181,10.0.0.6:2181/mpiswarm/runs/ring-1a2b3c4d-1',
    because: 'a Java variable; the job master is reached through ZooKeeper',
  },
];

const TWISTER2 = { mainClass: 'org.example.Ring' };

function line(spec: Parameters<typeof job>[0]): readonly string[] {
  return mpirunCommand(
    job({ mpi: { npernode: 1 }, package: 'libexamples-java.jar', ...spec }),
    SUBNET,
    MASTER,
  );
}

/** From `java` on. */
function program(spec: Parameters<typeof job>[0]): string {
  const all = line(spec);
  return all.slice(all.indexOf('java')).join(' ');
}

describe('the command line of a Java program', () => {
  it("equals Twister2's argument by argument, except for differences with a reason", () => {
    const expected = SEED.map(seed => DIFFERENT.find(one => one.seed === seed)?.here ?? seed);
    expect(line({ java: TWISTER2 })).to.deep.equal(expected);
  });

  it('names eth0 as Twister2 does when the manifest says so', () => {
    expect(line({ java: TWISTER2, mpi: { npernode: 1, interface: 'eth0' } })).to.include('eth0');
  });

  it('starts the worker starter with the class of the worker', () => {
    expect(program({ java: { workerClass: 'org.example.Hello' }, package: 'app.tgz', args: ['4'] })).to.equal(
      'java -cp ' +
        '/run/mpiswarm/job/package:/run/mpiswarm/job/package/*:/run/mpiswarm/job/package/lib/*:/opt/mpiswarm-java/lib/* ' +
        `-Dmpiswarm.worker.class=org.example.Hello dev.mpiswarm.worker.WorkerStarter ring ${MASTER} 4`,
    );
  });

  it('has only the jars of the image on its class path if there is no package', () => {
    const one = job({ java: TWISTER2 });
    expect(mpirunCommand(one, SUBNET, MASTER).join(' ')).to.include(' -cp /opt/mpiswarm-java/lib/* org');
  });

  it('takes absolute entries of the class path as they are, and all others in the package', () => {
    const classPath = ['/usr/share/java/*', './a.jar', 'lib/../b.jar', '.'];
    expect(program({ java: { ...TWISTER2, classPath } })).to.include(
      ' -cp /usr/share/java/*:/run/mpiswarm/job/package/a.jar:/run/mpiswarm/job/package/b.jar:' +
        '/run/mpiswarm/job/package:/opt/mpiswarm-java/lib/* org.example.Ring ',
    );
  });

  it("gives each rank's heap its part of the worker's memory limit, or of its request", () => {
    const heap = (resources: object, spec = {}) => {
      const workers = { replicas: 2, slots: 2, resources };
      const [, , , ...words] = program({ java: TWISTER2, workers, mpi: {}, ...spec }).split(' ');
      return words.slice(0, words.indexOf('org.example.Ring')).join(' ');
    };
    const both = { requests: { memory: '512Mi' }, limits: { memory: '1Gi' } };
    expect(heap(both)).to.equal('-Xms409m -Xmx409m');
    expect(heap({ requests: { memory: '512Mi' } })).to.equal('-Xms204m -Xmx204m');
    expect(heap(both, { mpi: { npernode: 1 } })).to.equal('-Xms819m -Xmx819m');
    expect(heap(both, { java: { ...TWISTER2, memoryFraction: 0.5 } })).to.equal('-Xms256m -Xmx256m');
    expect(heap({ limits: { memory: '4Mi' } })).to.equal('-Xms2m -Xmx2m');
    expect(heap({ limits: { cpu: '1' } })).to.equal('');
  });

  it('puts the class path before any argument with cp in its name, which mpirun would mistake for it', () => {
    const java = { workerClass: 'org.example.tcp.Worker', jvmOptions: ['-Dtransport=tcp'] };
    expect(line({ java }).findIndex(word => word.includes('cp') && !word.includes('btl_tcp'))).to.equal(
      line({ java }).indexOf('-cp'),
    );
  });

  it('puts the options of the manifest behind its own, so that they count', () => {
    const workers = { replicas: 2, resources: { limits: { memory: '1Gi' } } };
    const java = { ...TWISTER2, jvmOptions: ['-Xmx64m', '-Dname=a b'] };
    expect(line({ java, workers }).slice(12, 16)).to.deep.equal([
      '-Xms819m',
      '-Xmx819m',
      '-Xmx64m',
      '-Dname=a b',
    ]);
  });
});

describe('the required files of a Java program', () => {
  it('are its class, or the worker starter and the worker class, on the class path of the command line', () => {
    const jars = '/run/mpiswarm/job/package/libexamples-java.jar:/opt/mpiswarm-java/lib/*';
    expect(javaNeeds(job({ java: TWISTER2, package: 'libexamples-java.jar' }))).to.deep.equal({
      java: { classPath: jars, classes: ['org.example.Ring'] },
    });
    const worker = { workerClass: 'org.example.Hello', classPath: ['libexamples-java.jar'] };
    expect(javaNeeds(job({ java: worker, package: 'app' })).java).to.deep.equal({
      classPath: jars,
      classes: ['dev.mpiswarm.worker.WorkerStarter', 'org.example.Hello'],
    });
  });

  it('are not checked if classes are in a volume, as the launcher may have another volume of that name', () => {
    const java = { mainClass: 'org.example.Ring', classPath: ['/data/../data/ring.jar'] };
    const mounted = (mountPath: string): object => {
      const volume = { name: 'data', mountPath, readOnly: true, options: {}, volatile: false } as const;
      const volumes = [{ ...volume, scope: 'PerWorker' } as const];
      return javaNeeds(job({ java, workers: { replicas: 2, volumes } }));
    };
    expect(mounted('/data')).to.deep.equal({});
    expect(mounted('/dat')).to.deep.equal({
      java: { classPath: '/data/ring.jar:/opt/mpiswarm-java/lib/*', classes: ['org.example.Ring'] },
    });
  });

  it('are none if it is not a Java program', () => {
    expect(javaNeeds(job())).to.deep.equal({});
  });
});
