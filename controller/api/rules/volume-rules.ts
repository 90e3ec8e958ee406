import { posix } from 'node:path';
import { groupPath, groupsOf } from '../types/groups.js';
import type { MPIJob, Volume } from '../types/mpijob.js';
import { dotted, type Path, show } from '../types/text.js';
import { type Broken, broken, repeated } from './broken.js';

/** What has to fit together in the volumes of a job, and that none is a way to the host's own files. */
export function volumeRules(job: MPIJob): readonly Broken[] {
  const all = groupsOf(job).map(({ volumes }, i): readonly Placed[] =>
    volumes.map((volume, at) => ({ ...volume, group: i, path: [...groupPath(job, i), 'volumes', at] })),
  );
  const each = all.flatMap((volumes, i) => {
    const paths = volumes.map(volume => posix.resolve('/', volume.mountPath));
    const root = volumes.filter((_, at) => paths[at] === '/');
    return [
      ...volumes.flatMap(({ path, mountPath }) => ownPath([...path, 'mountPath'], mountPath)),
      ...root.map(({ path }) => broken([...path, 'mountPath'], 'must be below /, got "/"')),
      ...repeated(paths, [...groupPath(job, i), 'volumes'], 'mountPath'),
      ...volumes.flatMap(volume => (volume.volatile ? volatileFields : namedFields)(volume, volume.path)),
    ];
  });
  return [...each, ...sameVolume(all.flat())];
}

interface Placed extends Volume {
  /** Of the groups of workers, which. */
  readonly group: number;
  readonly path: Path;
}

/** Where mpiswarm puts its own files into every container. */
const OWN_PATHS = ['/opt/mpiswarm', '/run/mpiswarm', '/run/secrets', '/etc/mpiswarm', '/dev/shm'];

/** One for a path that mpiswarm uses itself. */
export function ownPath(path: Path, value: string): readonly Broken[] {
  const resolved = posix.resolve('/', value);
  const own = OWN_PATHS.find(taken => resolved === taken || resolved.startsWith(`${taken}/`));
  return own === undefined
    ? []
    : [broken(path, `must not be inside ${own}, which is reserved for mpiswarm, got ${show(value)}`)];
}

function volatileFields(volume: Volume, path: Path): readonly Broken[] {
  const given = [
    ...(volume.name === undefined ? [] : ['name']),
    ...(volume.driver === undefined ? [] : ['driver']),
    ...(Object.keys(volume.options).length === 0 ? [] : ['options']),
    ...(volume.scope === 'Shared' ? [] : ['scope']),
    ...(volume.readOnly ? ['readOnly'] : []),
  ];
  return given.map(name =>
    broken([...path, name], 'is not supported for a volatile directory, remove it or set volatile: false'),
  );
}

/** The agent's program, and the state of the ZooKeeper that mpiswarm starts, are in volumes whose names begin so. */
const OWN_VOLUMES = ['mpiswarm-agent', 'mpiswarm-zookeeper'];

function ownVolume(path: Path, name: string): readonly Broken[] {
  const own = OWN_VOLUMES.find(taken => name.startsWith(taken));
  return own === undefined
    ? []
    : [broken(path, `must not start with ${own}, which is reserved for mpiswarm, got ${show(name)}`)];
}

function namedFields(volume: Volume, path: Path): readonly Broken[] {
  return [
    ...(volume.name === undefined
      ? [broken([...path, 'name'], 'is missing, expected a string, or volatile: true')]
      : []),
    ...ownVolume([...path, 'name'], volume.name ?? ''),
    ...(volume.sizeLimit === undefined
      ? []
      : [
          broken(
            [...path, 'sizeLimit'],
            'is only supported for a volatile directory, remove it or set volatile: true',
          ),
        ]),
    ...((volume.driver ?? 'local') === 'local' ? localOptions(volume.options, [...path, 'options']) : []),
  ];
}

/** File systems that show nothing of the host's own files. */
const FILE_SYSTEMS = ['nfs', 'nfs4', 'cifs', 'tmpfs'];

/** What turns a mount of any type into another place for a directory of the host (mount(2), MS_BIND and MS_REMOUNT). */
const HOST_FLAGS = /^(r?bind|remount)$/;

/** Docker's local driver hands its options to mount(2), and could mount any path and any disk of the host. */
function localOptions(options: Volume['options'], path: Path): readonly Broken[] {
  const names = Object.keys(options);
  const { type, o = '' } = options;
  const unknown = names
    .filter(name => !LOCAL_OPTIONS.includes(name))
    .map(name => broken([...path, name], 'is not an option of the local driver, expected type, o or device'));
  const given = names.some(name => LOCAL_OPTIONS.includes(name));
  const missing = ['type', 'device']
    .filter(name => given && !names.includes(name))
    .map(name =>
      broken([...path, name], 'is missing, expected a string: the local driver needs both type and device'),
    );
  const other =
    type === undefined || FILE_SYSTEMS.includes(type)
      ? []
      : [broken([...path, 'type'], `must be one of ${FILE_SYSTEMS.join(', ')}, got ${show(type)}`)];
  const flags = o.split(',').filter(flag => HOST_FLAGS.test(flag.trim()));
  const host = flags.map(flag =>
    broken([...path, 'o'], `must not contain ${flag.trim()}: host paths are not allowed`),
  );
  return [...unknown, ...missing, ...other, ...host];
}

const LOCAL_OPTIONS = ['type', 'o', 'device'];

/** A volume is created once, with the driver and options of its first user. Volumes of a single worker belong to its group. */
function sameVolume(volumes: readonly Placed[]): readonly Broken[] {
  const made = ({ driver, options, scope }: Volume) =>
    JSON.stringify([scope, driver ?? 'local', Object.entries(options).sort()]);
  return volumes.flatMap((volume, i) => {
    const other = volumes
      .slice(0, i)
      .find(
        ({ name, scope, group }) =>
          name !== undefined &&
          name === volume.name &&
          (group === volume.group || (scope === 'Shared' && volume.scope === 'Shared')),
      );
    if (other === undefined || made(other) === made(volume)) return [];
    const message = `defines volume ${show(volume.name)} with a driver, options or scope other than ${dotted(other.path)}`;
    return [broken(volume.path, `${message}, use another name`)];
  });
}
