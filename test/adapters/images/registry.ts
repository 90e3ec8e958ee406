import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { TaskView } from '../../../controller/core/model/world.js';
import type { Swarm } from '../../../controller/ports/swarm.js';
import type { Cluster } from '../../../scripts/cluster/cluster.js';
import { until } from '../../../scripts/cluster/lib/until.js';

/** Pushes a tag and returns the digest that the registry gave it. */
export async function push(
  docker: Docker,
  image: { readonly repo: string; readonly tag: string },
  authconfig: Docker.AuthConfig,
): Promise<string> {
  const stream = await docker.getImage(image.repo).push({ tag: image.tag, authconfig });
  let text = '';
  for await (const piece of stream) text += String(piece);
  const events = text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as PushEvent);
  const error = events.find(event => event.error)?.error;
  const digest = events.find(event => event.aux?.Digest)?.aux?.Digest;
  if (error !== undefined || digest === undefined) throw new Error(`push ${image.repo}: ${error ?? text}`);
  return digest;
}

/** Removes an image from an engine, with every other name it has in that repository. */
export async function dropImage(docker: Docker, ref: string): Promise<void> {
  const { Id } = await docker.getImage(ref).inspect();
  await docker.getImage(Id).remove({ force: true });
}

/** Takes the content of every layer out of the registry, which still knows the manifests; the result puts it back. */
export async function breakLayers(cluster: Cluster): Promise<() => Promise<void>> {
  const data = join(cluster.dir, 'registry/data');
  const aside = join(cluster.dir, 'registry/aside');
  await cp(data, aside, { recursive: true });
  const repositories = join(data, 'docker/registry/v2/repositories');
  for (const name of await readdir(repositories)) {
    await rm(join(repositories, name, '_layers'), { recursive: true });
  }
  return async () => {
    await cp(aside, data, { recursive: true });
    await rm(aside, { recursive: true });
  };
}

/** The service's first task, once it runs or has failed; throws after 60 s. */
export async function followed(swarm: Swarm, service: string): Promise<TaskView> {
  return until(
    `task of ${service}`,
    async () => {
      const seen = await swarm.observe();
      if (!seen.ok) throw new Error(seen.error);
      const id = seen.value.services.find(({ name }) => name === service)?.id;
      const task = seen.value.tasks.find(one => one.service === id);
      return task && ['running', 'rejected', 'failed', 'complete'].includes(task.state) ? task : undefined;
    },
    { deadlineMs: 60_000 },
  );
}

interface PushEvent {
  readonly error?: string;
  readonly aux?: { readonly Digest?: string };
}
