/**
 * The best hand-written script for this one job, as a running process: it gets a go signal from its parent and
 * answers with the command's output and exit code.
 *
 * It saves time wherever possible: keys are made before the go signal, independent calls run in parallel, the image
 * is named by its id, both services are made at once, and the engine is never polled; the launcher finds the workers
 * by itself.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { runtime } from '../../controller/adapters/lib/runtime.js';
import { HAND, handJob, NETWORK } from './job.js';

export type ToBest =
  | { readonly do: 'run'; readonly run: string; readonly workers: number }
  | { readonly do: 'remove'; readonly run: string };
export type FromBest =
  | { readonly say: 'ready' | 'removed' }
  | { readonly say: 'ended'; readonly exitCode: number; readonly output: string }
  | { readonly say: 'failed'; readonly error: string };

const [socketPath = '', image = '', subnet = ''] = process.argv.slice(2);
// No timeout: it would also end streams that are silent for so long. The parent has a deadline
const docker = new Docker({ socketPath });
const launcherProgram = readFileSync(fileURLToPath(new URL('best-launcher.pl', import.meta.url)), 'utf8');
/** sshd becomes the main process; its two files come by the environment, which saves two objects of Swarm. */
const workerProgram = `umask 077; mkdir -p ${HAND.folder}
printf '%s\\n' "$AUTHORIZED_KEY" >${HAND.authorizedKeys}; printf '%s' "$SSHD_CONFIG" >${HAND.sshdConfig}
unset AUTHORIZED_KEY SSHD_CONFIG; exec /usr/sbin/sshd -D -e -f ${HAND.sshdConfig}`;

process.on('message', (message: ToBest) => {
  const work = message.do === 'run' ? run(message.run, message.workers) : remove(message.run);
  work.then(say, (error: unknown) => say({ say: 'failed', error: String(error) }));
});
say({ say: 'ready' });

function say(message: FromBest): void {
  process.send?.(message);
}

async function run(name: string, workers: number): Promise<FromBest> {
  const job = handJob(workers, subnet);
  const ended = launcherEnd(`${name}-launcher`);
  const [host, client] = [runtime.keyPair(), runtime.keyPair()];
  const [hostSecret, clientSecret] = await Promise.all([
    createSecret(`${name}-host`, host.privateKey),
    createSecret(`${name}-client`, client.privateKey),
  ]);
  await Promise.all([
    createService(`${name}-workers`, {
      alias: `${name}-peers`,
      replicas: workers,
      command: ['sh', '-c', workerProgram],
      env: { AUTHORIZED_KEY: client.publicKey, SSHD_CONFIG: job.sshdConfig },
      secret: { SecretID: hostSecret, SecretName: `${name}-host`, File: file('host_key') },
    }),
    createService(`${name}-launcher`, {
      // The launcher has it too: the engine answers at once for a name that exists
      alias: `${name}-peers`,
      replicas: 1,
      command: ['perl', '-e', launcherProgram, ...job.command],
      env: {
        ...job.env,
        PEERS: `${name}-peers`,
        WORKERS: String(workers),
        PORT: String(job.sshPort),
        HOSTFILE: job.hostfile,
        SSH_CONFIG: job.sshConfig,
        KNOWN_HOSTS: `* ${host.publicKey}\n`,
      },
      secret: { SecretID: clientSecret, SecretName: `${name}-client`, File: file('client_key') },
    }),
  ]);
  return ended;
}

const file = (Name: string) => ({ Name, UID: '0', GID: '0', Mode: 0o400 });

async function createSecret(name: string, content: string): Promise<string> {
  const data = Buffer.from(content.endsWith('\n') ? content : `${content}\n`).toString('base64');
  const { id } = (await docker.createSecret({ Name: name, Data: data })) as unknown as {
    readonly id: string;
  };
  return id;
}

interface HandService {
  readonly alias: string;
  readonly replicas: number;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly secret: object;
}

async function createService(name: string, spec: HandService): Promise<void> {
  const { alias, replicas, command, env, secret } = spec;
  const body = {
    Name: name,
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        Command: command,
        Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
        Secrets: [secret],
      },
      RestartPolicy: { Condition: 'none' },
      Networks: [{ Target: NETWORK, Aliases: [alias] }],
    },
    Mode: { Replicated: { Replicas: replicas } },
    EndpointSpec: { Mode: 'dnsrr' },
  };
  // Always pass credentials, even empty ones: otherwise dockerode also sends the body as the credentials header
  await docker.createService({} as Docker.AuthConfig, body as unknown as Docker.CreateServiceOptions);
}

/** Streams the launcher's output from its start; ends when its container has, with its exit code. */
async function launcherEnd(service: string): Promise<FromBest> {
  const label = [`com.docker.swarm.service.name=${service}`];
  const events = (await docker.getEvents({
    filters: { type: ['container'], event: ['start', 'die'], label },
  })) as NodeJS.ReadableStream & { destroy(): void };
  let output: Promise<string> = Promise.resolve('');
  for await (const chunk of events) {
    for (const line of String(chunk).trim().split('\n')) {
      const { status, id, Actor } = JSON.parse(line) as ContainerEvent;
      if (status === 'start') output = read(id);
      if (status !== 'die') continue;
      events.destroy();
      return { say: 'ended', exitCode: Number(Actor.Attributes['exitCode']), output: await output };
    }
  }
  throw new Error('the stream of events has ended before the launcher');
}

interface ContainerEvent {
  readonly status: string;
  readonly id: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

async function read(container: string): Promise<string> {
  const log = await docker.getContainer(container).logs({ follow: true, stdout: true, stderr: true });
  const pieces: Buffer[] = [];
  for await (const piece of log) pieces.push(Buffer.from(piece));
  return withoutFrames(Buffer.concat(pieces));
}

/** The engine puts eight bytes before each piece: the stream, and a length in the last four (Engine API, attach). */
function withoutFrames(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    text += bytes.toString('utf8', at + 8, at + 8 + length);
    at += 8 + length;
  }
  return text;
}

async function remove(name: string): Promise<FromBest> {
  const services = [`${name}-launcher`, `${name}-workers`];
  await Promise.all(services.map(service => docker.getService(service).remove()));
  await Promise.all([`${name}-host`, `${name}-client`].map(secret => docker.getSecret(secret).remove()));
  return { say: 'removed' };
}
