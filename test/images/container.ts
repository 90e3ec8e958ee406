import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type Docker from 'dockerode';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const RUN_MS = 60_000;

/** Runs a command in a fresh container without a network, to its end, and removes the container. */
export async function run(
  docker: Docker,
  image: string,
  command: readonly string[],
  options: Docker.ContainerCreateOptions = {},
): Promise<Ended> {
  const container = await docker.createContainer({
    ...options,
    Image: image,
    Entrypoint: [],
    Cmd: [...command],
    HostConfig: { NetworkMode: 'none', Init: true, ...options.HostConfig },
  });
  const late = setTimeout(() => void container.kill(), RUN_MS);
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const output = collect(docker, stream);
    await container.start();
    const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
    return { code: StatusCode, ...(await output) };
  } finally {
    clearTimeout(late);
    await container.remove({ force: true, v: true });
  }
}

/** Runs a command in a container that runs already, and returns what it wrote to standard output. */
export async function execIn(
  docker: Docker,
  container: Docker.Container,
  command: readonly string[],
): Promise<string> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  return (await collect(docker, await exec.start({}))).stdout;
}

async function collect(docker: Docker, stream: NodeJS.ReadableStream): Promise<Omit<Ended, 'code'>> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  docker.modem.demuxStream(stream, stdout, stderr);
  const texts = Promise.all([text(stdout), text(stderr)]);
  await once(stream, 'end', { signal: AbortSignal.timeout(RUN_MS) });
  stdout.end();
  stderr.end();
  const [out, err] = await texts;
  return { stdout: out, stderr: err };
}

async function text(stream: Readable): Promise<string> {
  return Buffer.concat((await stream.toArray()) as Buffer[]).toString();
}
